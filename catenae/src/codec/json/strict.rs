//! A serializer around another that lets through what JSON gives back.

use std::fmt::Display;

use serde::ser::{self, Error, Serialize, Serializer};

use crate::codec::cbor::{TAG_ENUM, TAGGED};
use crate::codec::known;

/// Writes a value with `S`, and knows what the innermost type around it is that serde told of.
pub(super) struct Strict<S> {
    inner: S,
    known: KnownType,
    /// Directly inside a `Some`.
    some: bool,
    /// As the key of a map.
    key: bool,
}

/// What a type is known to read back.
#[derive(Clone, Copy)]
struct KnownType {
    bytes: bool,
    wide: bool,
    plain: bool,
}

impl KnownType {
    #[inline]
    fn of<T: ?Sized>() -> Self {
        Self {
            bytes: known::is_bytes::<T>(),
            wide: known::is_wide::<T>(),
            plain: known::is_plain::<T>(),
        }
    }
}

impl<S: Serializer> Strict<S> {
    #[inline]
    pub(super) fn new<T: ?Sized>(inner: S) -> Self {
        Self {
            inner,
            known: KnownType::of::<T>(),
            some: false,
            key: false,
        }
    }

    /// As a key, a number or a bool becomes text.
    #[inline]
    fn no_key_of_another_type(&self, what: &str) -> Result<(), S::Error> {
        match self.key && !self.known.plain {
            false => Ok(()),
            true => Err(unknown_key(what)),
        }
    }

    #[inline]
    fn no_null_in_some(&self, what: &str) -> Result<(), S::Error> {
        match self.some {
            false => Ok(()),
            true => Err(S::Error::custom(format_args!(
                "{what} in a `Some` is null, and would be read as `None`"
            ))),
        }
    }

    #[inline]
    fn no_wide(&self, number: impl Display, narrow: bool) -> Result<(), S::Error> {
        match narrow || self.known.wide {
            true => self.no_key_of_another_type("an integer"),
            false => Err(S::Error::custom(format_args!(
                "the integer {number} has more than 64 bits, and its type is not known to read it \
                 back: use `i128`, `u128`, or text"
            ))),
        }
    }

    #[inline]
    fn finite(&self, number: f64) -> Result<(), S::Error> {
        match number.is_finite() {
            true => self.no_key_of_another_type("a float"),
            false => Err(S::Error::custom(format_args!(
                "a float that is {number} would be null"
            ))),
        }
    }
}

#[cold]
fn unknown_key<E: Error>(what: &str) -> E {
    E::custom(format_args!(
        "the key of a map is {what}, and its type is not known to read it from a string: use a \
         number of the standard library, a newtype of one that is not `transparent`, or text"
    ))
}

/// Whether the shortest digits of `v` lead to it by way of a 64-bit float, too, which is what a
/// type gets that was buffered first.
fn survives_as_f64(v: f32) -> bool {
    v.to_string()
        .parse::<f64>()
        .is_ok_and(|wide| (wide as f32).to_bits() == v.to_bits())
}

/// A value, for a serializer that asks for one.
struct Held<'v, T: ?Sized> {
    value: &'v T,
    known: KnownType,
    some: bool,
    key: bool,
}

impl<'v, T: ?Sized> Held<'v, T> {
    #[inline]
    fn new(value: &'v T) -> Self {
        Self {
            value,
            known: KnownType::of::<T>(),
            some: false,
            key: false,
        }
    }
}

impl<T: Serialize + ?Sized> Serialize for Held<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Strict {
            inner,
            known: self.known,
            some: self.some,
            key: self.key,
        })
    }
}

macro_rules! numbers {
    ($($method:ident($of:ty) $what:literal;)*) => {$(
        #[inline]
        fn $method(self, v: $of) -> Result<S::Ok, S::Error> {
            self.no_key_of_another_type($what)?;
            self.inner.$method(v)
        }
    )*};
}

macro_rules! collections {
    ($($method:ident($($name:ident: $of:ty),*) -> $collection:ident;)*) => {$(
        #[inline]
        fn $method(self, $($name: $of),*) -> Result<Self::$collection, S::Error> {
            self.inner.$method($($name),*).map(StrictCollection)
        }
    )*};
}

impl<S: Serializer> Serializer for Strict<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = StrictCollection<S::SerializeSeq>;
    type SerializeTuple = StrictCollection<S::SerializeTuple>;
    type SerializeTupleStruct = StrictCollection<S::SerializeTupleStruct>;
    type SerializeTupleVariant = StrictCollection<S::SerializeTupleVariant>;
    type SerializeMap = StrictCollection<S::SerializeMap>;
    type SerializeStruct = StrictCollection<S::SerializeStruct>;
    type SerializeStructVariant = StrictCollection<S::SerializeStructVariant>;

    numbers! {
        serialize_bool(bool) "a bool";
        serialize_i8(i8) "an integer";
        serialize_i16(i16) "an integer";
        serialize_i32(i32) "an integer";
        serialize_i64(i64) "an integer";
        serialize_u8(u8) "an integer";
        serialize_u16(u16) "an integer";
        serialize_u32(u32) "an integer";
        serialize_u64(u64) "an integer";
    }

    collections! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, len: usize
        ) -> SerializeStructVariant;
    }

    fn serialize_i128(self, v: i128) -> Result<S::Ok, S::Error> {
        let narrow = i64::try_from(v).is_ok() || u64::try_from(v).is_ok();
        self.no_wide(v, narrow)?;
        self.inner.serialize_i128(v)
    }

    fn serialize_u128(self, v: u128) -> Result<S::Ok, S::Error> {
        self.no_wide(v, u64::try_from(v).is_ok())?;
        self.inner.serialize_u128(v)
    }

    fn serialize_f32(self, v: f32) -> Result<S::Ok, S::Error> {
        self.finite(f64::from(v))?;
        match survives_as_f64(v) {
            true => self.inner.serialize_f32(v),
            false => self.inner.serialize_f64(f64::from(v)),
        }
    }

    #[inline]
    fn serialize_f64(self, v: f64) -> Result<S::Ok, S::Error> {
        self.finite(v)?;
        self.inner.serialize_f64(v)
    }

    #[inline]
    fn serialize_char(self, v: char) -> Result<S::Ok, S::Error> {
        self.inner.serialize_char(v)
    }

    #[inline]
    fn serialize_str(self, v: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<S::Ok, S::Error> {
        match self.known.bytes {
            true => self.inner.serialize_bytes(v),
            false => Err(S::Error::custom(
                "binary would be a list of numbers, and its type is not known to read it back: \
                 use `Bytes`, a list, or text",
            )),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.no_null_in_some("`None`")?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Held {
            some: true,
            key: self.key,
            ..Held::new(value)
        })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.no_null_in_some("`()`")?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.no_null_in_some(name)?;
        self.inner.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = Held {
            some: self.some,
            key: self.key,
            ..Held::new(value)
        };
        self.inner.serialize_newtype_struct(name, &value)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_variant(name, index, variant, &Held::new(value))
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        if (name, variant) == (TAG_ENUM, TAGGED) {
            return Err(S::Error::custom("it has no tags"));
        }
        self.inner
            .serialize_tuple_variant(name, index, variant, len)
            .map(StrictCollection)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// A list or a map of such values.
pub(super) struct StrictCollection<C>(C);

macro_rules! collection {
    ($($of:ident.$method:ident($($key:ident)?);)*) => {$(
        impl<C: ser::$of> ser::$of for StrictCollection<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), C::Error> {
                self.0.$method($($key,)? &Held::new(value))
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        }
    )*};
}

collection! {
    SerializeSeq.serialize_element();
    SerializeTuple.serialize_element();
    SerializeTupleStruct.serialize_field();
    SerializeTupleVariant.serialize_field();
    SerializeStruct.serialize_field(key);
    SerializeStructVariant.serialize_field(key);
}

impl<C: ser::SerializeMap> ser::SerializeMap for StrictCollection<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.0.serialize_key(&Held {
            key: true,
            ..Held::new(key)
        })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_value(&Held::new(value))
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}
