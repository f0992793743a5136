//! A value, and how it is written as its shape says.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant,
};
use serde::{Deserialize, Serialize, Serializer};

use super::shape::{Shape, Variant};

#[derive(Clone, Debug)]
pub(super) enum Value {
    Unit,
    Bool(bool),
    Signed(i128),
    Unsigned(u128),
    Single(f32),
    Double(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Value>),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Variant(usize, Box<Value>),
}

/// To the last bit, but for floats that are no number.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unit, Self::Unit) | (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Signed(a), Self::Signed(b)) => a == b,
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Single(a), Self::Single(b)) => {
                a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
            }
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Some(a), Self::Some(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Variant(a, content), Self::Variant(b, other)) => a == b && content == other,
            _ => false,
        }
    }
}

pub(super) const FIELDS: [&str; 3] = ["value", "b", "c"];
pub(super) const VARIANTS: [&str; 3] = ["A", "B", "C"];

#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Internally<T> {
    Of { value: T },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "content")]
pub(super) enum Adjacently<T> {
    Of(T),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Untagged<T> {
    Of(T),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Flat<T> {
    id: u8,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, T>,
}

/// A value with its shape, to be written.
pub(super) struct Typed<'v> {
    pub(super) shape: &'v Shape,
    pub(super) value: &'v Value,
}

impl<'v> Typed<'v> {
    fn list(shapes: &'v [Rc<Shape>], value: &'v Value) -> impl Iterator<Item = Self> {
        let Value::List(values) = value else {
            panic!("{value:?} is no list");
        };
        shapes
            .iter()
            .zip(values)
            .map(|(shape, value)| Self { shape, value })
    }
}

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        match (self.shape, value) {
            // What stands around a value comes before what the value is.
            (Shape::Newtype(shape), value) => {
                to.serialize_newtype_struct("Newtype", &Typed { shape, value })
            }
            (Shape::Internally(shape), value) => {
                let value = Typed { shape, value };
                Internally::Of { value }.serialize(to)
            }
            (Shape::Adjacently(shape), value) => {
                Adjacently::Of(Typed { shape, value }).serialize(to)
            }
            (Shape::Untagged(shape), value) => Untagged::Of(Typed { shape, value }).serialize(to),
            (Shape::Unit, _) => to.serialize_unit(),
            (Shape::UnitStruct, _) => to.serialize_unit_struct("Unit"),
            (Shape::Anything, value) => Anything(value).serialize(to),
            (_, Value::Bool(v)) => to.serialize_bool(*v),
            (Shape::Integer(_, 8), Value::Signed(v)) => to.serialize_i8(*v as i8),
            (Shape::Integer(_, 16), Value::Signed(v)) => to.serialize_i16(*v as i16),
            (Shape::Integer(_, 32), Value::Signed(v)) => to.serialize_i32(*v as i32),
            (Shape::Integer(_, 64), Value::Signed(v)) => to.serialize_i64(*v as i64),
            (_, Value::Signed(v)) => to.serialize_i128(*v),
            (Shape::Integer(_, 8), Value::Unsigned(v)) => to.serialize_u8(*v as u8),
            (Shape::Integer(_, 16), Value::Unsigned(v)) => to.serialize_u16(*v as u16),
            (Shape::Integer(_, 32), Value::Unsigned(v)) => to.serialize_u32(*v as u32),
            (Shape::Integer(_, 64), Value::Unsigned(v)) => to.serialize_u64(*v as u64),
            (_, Value::Unsigned(v)) => to.serialize_u128(*v),
            (_, Value::Single(v)) => to.serialize_f32(*v),
            (_, Value::Double(v)) => to.serialize_f64(*v),
            (_, Value::Char(v)) => to.serialize_char(*v),
            (Shape::Text | Shape::Digits, Value::Text(v)) => to.serialize_str(v),
            (Shape::Bytes, Value::Bytes(v)) => to.serialize_bytes(v),
            (Shape::Maybe(_), Value::None) => to.serialize_none(),
            (Shape::Maybe(shape), Value::Some(value)) => to.serialize_some(&Typed { shape, value }),
            (Shape::List(shape), Value::List(values)) => {
                let mut list = to.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(&Typed { shape, value })?;
                }
                list.end()
            }
            (Shape::Tuple(shapes), value) => {
                let mut tuple = to.serialize_tuple(shapes.len())?;
                for element in Typed::list(shapes, value) {
                    tuple.serialize_element(&element)?;
                }
                tuple.end()
            }
            (Shape::Struct(shapes), value) => {
                let mut fields = to.serialize_struct("Struct", shapes.len())?;
                for (name, field) in FIELDS.iter().zip(Typed::list(shapes, value)) {
                    fields.serialize_field(name, &field)?;
                }
                fields.end()
            }
            (Shape::Map(key, shape), Value::Map(entries)) => {
                let mut map = to.serialize_map(Some(entries.len()))?;
                for (at, value) in entries {
                    let at = Typed {
                        shape: key,
                        value: at,
                    };
                    map.serialize_entry(&at, &Typed { shape, value })?;
                }
                map.end()
            }
            (Shape::Flat(shape), Value::Map(entries)) => {
                let rest = entries.iter().map(|(name, value)| match name {
                    Value::Text(name) => (name.clone(), Typed { shape, value }),
                    name => panic!("{name:?} is no name"),
                });
                let rest = rest.collect();
                Flat { id: 1, rest }.serialize(to)
            }
            (Shape::Enum(variants), Value::Variant(at, content)) => {
                let (index, name) = (*at as u32, VARIANTS[*at]);
                match &variants[*at] {
                    Variant::Unit => to.serialize_unit_variant("Enum", index, name),
                    Variant::Newtype(shape) => {
                        let value = &Typed {
                            shape,
                            value: content,
                        };
                        to.serialize_newtype_variant("Enum", index, name, value)
                    }
                    Variant::Tuple(shapes) => {
                        let len = shapes.len();
                        let mut tuple = to.serialize_tuple_variant("Enum", index, name, len)?;
                        for element in Typed::list(shapes, content) {
                            tuple.serialize_field(&element)?;
                        }
                        tuple.end()
                    }
                    Variant::Struct(shapes) => {
                        let len = shapes.len();
                        let mut fields = to.serialize_struct_variant("Enum", index, name, len)?;
                        for (name, field) in FIELDS.iter().zip(Typed::list(shapes, content)) {
                            fields.serialize_field(name, &field)?;
                        }
                        fields.end()
                    }
                }
            }
            (shape, value) => panic!("{value:?} is no {shape:?}"),
        }
    }
}

/// A value as a type writes it that takes anything.
struct Anything<'v>(&'v Value);

impl Serialize for Anything<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unit => to.serialize_unit(),
            Value::Bool(v) => to.serialize_bool(*v),
            Value::Signed(v) => to.serialize_i128(*v),
            Value::Unsigned(v) => to.serialize_u128(*v),
            Value::Double(v) => to.serialize_f64(*v),
            Value::Text(v) => to.serialize_str(v),
            Value::Bytes(v) => to.serialize_bytes(v),
            Value::List(values) => to.collect_seq(values.iter().map(Anything)),
            Value::Map(entries) => {
                let entries = entries.iter();
                to.collect_map(entries.map(|(key, value)| (Anything(key), Anything(value))))
            }
            other => panic!("{other:?} is nothing to any type"),
        }
    }
}
