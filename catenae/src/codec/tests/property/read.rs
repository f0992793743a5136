//! Reading a value of a shape that is known at run time only.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::shape::{Shape, Variant};
use super::value::{Adjacently, FIELDS, Flat, Internally, Untagged, VARIANTS, Value};

thread_local! {
    /// What is read next; a `Deserialize` has no other way to know.
    static SHAPE: RefCell<Rc<Shape>> = RefCell::new(Rc::new(Shape::Unit));
}

/// A value that was read as the shape that is set.
pub(super) struct Read(pub(super) Value);

impl Read {
    /// Sets the shape for what `read` reads.
    pub(super) fn with<T>(shape: &Rc<Shape>, read: impl FnOnce() -> T) -> T {
        let before = SHAPE.replace(shape.clone());
        let value = read();
        SHAPE.set(before);
        value
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let shape = SHAPE.with_borrow(Rc::clone);
        As(&shape).deserialize(from).map(Read)
    }
}

/// A shape as a seed, and as the visitor of what it asks for.
#[derive(Clone, Copy)]
struct As<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for As<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        match self.0 {
            Shape::Unit => from.deserialize_unit(self),
            Shape::UnitStruct => from.deserialize_unit_struct("Unit", self),
            Shape::Bool => bool::deserialize(from).map(Value::Bool),
            Shape::Integer(true, 8) => i8::deserialize(from).map(|v| Value::Signed(v.into())),
            Shape::Integer(true, 16) => i16::deserialize(from).map(|v| Value::Signed(v.into())),
            Shape::Integer(true, 32) => i32::deserialize(from).map(|v| Value::Signed(v.into())),
            Shape::Integer(true, 64) => i64::deserialize(from).map(|v| Value::Signed(v.into())),
            Shape::Integer(true, _) => i128::deserialize(from).map(Value::Signed),
            Shape::Integer(false, 8) => u8::deserialize(from).map(|v| Value::Unsigned(v.into())),
            Shape::Integer(false, 16) => u16::deserialize(from).map(|v| Value::Unsigned(v.into())),
            Shape::Integer(false, 32) => u32::deserialize(from).map(|v| Value::Unsigned(v.into())),
            Shape::Integer(false, 64) => u64::deserialize(from).map(|v| Value::Unsigned(v.into())),
            Shape::Integer(false, _) => u128::deserialize(from).map(Value::Unsigned),
            Shape::Single => f32::deserialize(from).map(Value::Single),
            Shape::Double => f64::deserialize(from).map(Value::Double),
            Shape::Char => char::deserialize(from).map(Value::Char),
            Shape::Text => String::deserialize(from).map(Value::Text),
            Shape::Bytes => from.deserialize_byte_buf(self),
            Shape::Digits | Shape::Anything => from.deserialize_any(self),
            Shape::Maybe(_) => from.deserialize_option(self),
            Shape::Newtype(_) => from.deserialize_newtype_struct("Newtype", self),
            Shape::List(_) => from.deserialize_seq(self),
            Shape::Tuple(shapes) => from.deserialize_tuple(shapes.len(), self),
            Shape::Struct(shapes) => {
                from.deserialize_struct("Struct", &FIELDS[..shapes.len()], self)
            }
            Shape::Map(..) => from.deserialize_map(self),
            Shape::Enum(variants) => {
                from.deserialize_enum("Enum", &VARIANTS[..variants.len()], self)
            }
            Shape::Internally(inner) => Read::with(inner, || {
                Internally::<Read>::deserialize(from).map(|Internally::Of { value }| value.0)
            }),
            Shape::Adjacently(inner) => Read::with(inner, || {
                Adjacently::<Read>::deserialize(from).map(|Adjacently::Of(value)| value.0)
            }),
            Shape::Untagged(inner) => Read::with(inner, || {
                Untagged::<Read>::deserialize(from).map(|Untagged::Of(value)| value.0)
            }),
            Shape::Flat(inner) => Read::with(inner, || {
                let flat = Flat::<Read>::deserialize(from)?;
                let entries = flat.rest.into_iter();
                Ok(Value::Map(
                    entries
                        .map(|(name, Read(value))| (Value::Text(name), value))
                        .collect(),
                ))
            }),
        }
    }
}

impl As<'_> {
    fn list<'de, A: SeqAccess<'de>>(shapes: &[Rc<Shape>], mut from: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        for shape in shapes {
            match from.next_element_seed(As(shape))? {
                Some(value) => values.push(value),
                None => return Err(de::Error::invalid_length(values.len(), &"more")),
            }
        }
        Ok(Value::List(values))
    }

    fn fields<'de, A: MapAccess<'de>>(
        shapes: &[Rc<Shape>],
        mut from: A,
    ) -> Result<Value, A::Error> {
        let mut values: Vec<Option<Value>> = vec![None; shapes.len()];
        while let Some(name) = from.next_key::<String>()? {
            match FIELDS
                .iter()
                .zip(shapes)
                .position(|(field, _)| *field == name)
            {
                Some(at) => values[at] = Some(from.next_value_seed(As(&shapes[at]))?),
                None => drop(from.next_value::<de::IgnoredAny>()?),
            }
        }
        let values: Option<Vec<Value>> = values.into_iter().collect();
        values
            .map(Value::List)
            .ok_or_else(|| de::Error::missing_field("one"))
    }
}

impl<'de> Visitor<'de> for As<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        match self.0 {
            Shape::Maybe(_) => Ok(Value::None),
            _ => Ok(Value::Unit),
        }
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        match self.0 {
            Shape::Maybe(inner) => As(inner)
                .deserialize(from)
                .map(|value| Value::Some(Box::new(value))),
            _ => self.deserialize(from),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        match self.0 {
            Shape::Newtype(inner) => As(inner).deserialize(from),
            _ => self.deserialize(from),
        }
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Value, E> {
        self.visit_i128(v.into())
    }

    fn visit_i128<E>(self, v: i128) -> Result<Value, E> {
        Ok(u128::try_from(v).map_or(Value::Signed(v), Value::Unsigned))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Unsigned(v.into()))
    }

    fn visit_u128<E>(self, v: u128) -> Result<Value, E> {
        Ok(Value::Unsigned(v))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Value::Double(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::Text(v.to_owned()))
    }

    fn visit_bytes<E>(self, v: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(v.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let shape = match self.0 {
            Shape::Tuple(shapes) | Shape::Struct(shapes) => return Self::list(shapes, from),
            Shape::Bytes => {
                let mut bytes = Vec::new();
                while let Some(byte) = from.next_element()? {
                    bytes.push(byte);
                }
                return Ok(Value::Bytes(bytes));
            }
            Shape::List(shape) => shape,
            other => other,
        };
        let mut values = Vec::new();
        while let Some(value) = from.next_element_seed(As(shape))? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let (key, shape): (&Shape, &Shape) = match self.0 {
            Shape::Struct(shapes) => return Self::fields(shapes, from),
            Shape::Map(key, shape) => (key, shape),
            other => (other, other),
        };
        let mut entries = Vec::new();
        while let Some(at) = from.next_key_seed(As(key))? {
            entries.push((at, from.next_value_seed(As(shape))?));
        }
        Ok(Value::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<Value, A::Error> {
        let Shape::Enum(variants) = self.0 else {
            return Err(de::Error::custom("an enum is none of its values"));
        };
        let (name, from) = from.variant::<String>()?;
        let at = VARIANTS
            .iter()
            .zip(variants)
            .position(|(variant, _)| *variant == name);
        let at = at.ok_or_else(|| de::Error::unknown_variant(&name, &VARIANTS))?;
        let content = match &variants[at] {
            Variant::Unit => from.unit_variant().map(|()| Value::Unit),
            Variant::Newtype(shape) => from.newtype_variant_seed(As(shape)),
            Variant::Tuple(shapes) => {
                from.tuple_variant(shapes.len(), As(&Shape::Tuple(shapes.clone())))
            }
            Variant::Struct(shapes) => {
                let fields = &FIELDS[..shapes.len()];
                from.struct_variant(fields, As(&Shape::Struct(shapes.clone())))
            }
        };
        Ok(Value::Variant(at, Box::new(content?)))
    }
}
