//! The reader as serde's deserializer: what each type asks for, and what it is given.

use serde::de::{self, Visitor};

use super::access::{TagAccess, UnitVariant, Variant};
use super::{CborError, CborReader, Head, Result, any, too_deep};
use crate::codec::MAX_DEPTH;
use crate::codec::cbor::{self, TAG_ENUM};

/// Each takes its `likely` form by a short way, and any other by the long one.
macro_rules! typed {
    ($likely:ident or $other:ident: $($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.$likely() {
                Some(likely) => typed!(@ $likely, visitor, likely?),
                None => self.$other(visitor),
            }
        }
    )*};
    (@ short_text, $visitor:expr, $text:expr) => { $visitor.visit_borrowed_str($text) };
    (@ positive, $visitor:expr, $number:expr) => { $visitor.visit_u64($number) };
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.typed(visitor)
        }
    )*};
}

/// What a type asks for matters only where CBOR has several forms of it; elsewhere the visitor
/// gets what is there, and says itself what it expected.
impl<'de> de::Deserializer<'de> for &mut CborReader<'de> {
    type Error = CborError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.at;
        match self.head()? {
            Head::Tag(tag) => any::tagged(self, start, tag, visitor),
            Head::Float(number) => any::float(self, start, number, visitor),
            head => self.visit(start, head, visitor),
        }
    }

    typed! { positive or typed:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    typed! { short_text or textual: deserialize_str deserialize_string }

    typed! { short_text or typed: deserialize_identifier }

    typed! {
        deserialize_bool deserialize_i128 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_bytes deserialize_byte_buf deserialize_map
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek()? {
            cbor::NULL | cbor::UNDEFINED => {
                self.at += 1;
                return visitor.visit_none();
            }
            // The mark says that what follows is a `Some`, also if that is null.
            0xd9 if self.payload[self.at..].starts_with(&cbor::TAG) => {
                self.at += cbor::TAG.len();
                return self.nested(|reader| visitor.visit_some(reader));
            }
            _ => (),
        }
        self.options = match self.options {
            (MAX_DEPTH, at) if at == self.at => return Err(too_deep(at)),
            (opened, at) if at == self.at => (opened + 1, at),
            _ => (1, self.at),
        };
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.at;
        match self.untagged()? {
            // What `cbor4ii` writes for `()`.
            Head::Array(Some(0)) => visitor.visit_unit(),
            head => self.visit(start, head, visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.at;
        match self.untagged()? {
            // `Vec<u8>` and `[u8; N]` take a byte string too.
            Head::Bytes(len) => {
                let bytes = self.bytes(len)?;
                let mut numbers = de::value::SeqDeserializer::new(bytes.iter().copied());
                let value = visitor.visit_seq(&mut numbers)?;
                numbers.end().map(|()| value)
            }
            head => self.visit(start, head, visitor),
        }
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let start = self.at;
        if name == TAG_ENUM {
            let tag = match self.head()? {
                Head::Tag(tag) => Some(self.behind_mark(tag)?),
                _ => {
                    self.at = start;
                    None
                }
            };
            return self.nested(|reader| visitor.visit_enum(TagAccess::new(reader, tag)));
        }
        match self.untagged()? {
            Head::Text(len) => {
                let name = self.text(len)?;
                visitor.visit_enum(UnitVariant::new(name))
            }
            Head::Map(len @ (Some(1) | None)) => self.nested(|reader| {
                let value = visitor.visit_enum(Variant::new(reader))?;
                if len.is_none() && !reader.at_break()? {
                    return Err(CborError::new(
                        reader.at,
                        "a second entry follows a variant",
                    ));
                }
                Ok(value)
            }),
            _ => Err(CborError::new(
                start,
                "an enum is a text (the variant's name), or a map of one entry (name and content)",
            )),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
