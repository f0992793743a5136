//! Gives a type that means bytes the payload as it is.

use serde::de::value::SeqDeserializer;
use serde::de::{self, Deserialize, Visitor};
use serde::forward_to_deserialize_any;

use crate::codec::Codec;
use crate::codec::error::DecodeErrorKind;
use crate::codec::read::text;

type Result<T> = std::result::Result<T, DecodeErrorKind>;

/// Reads `payload` (`None` is a tombstone) as it is; with the codec `text` it must be some.
#[inline]
pub(in crate::codec) fn value<'de, T: Deserialize<'de>>(
    payload: Option<&'de [u8]>,
    codec: Codec,
) -> Result<T> {
    if let (Codec::Text, Some(bytes)) = (codec, payload) {
        text(bytes)?;
    }
    T::deserialize(RawReader(payload))
}

struct RawReader<'de>(Option<&'de [u8]>);

impl<'de> RawReader<'de> {
    fn bytes(&self) -> Result<&'de [u8]> {
        self.0.ok_or(DecodeErrorKind::Tombstone)
    }
}

impl<'de> de::Deserializer<'de> for RawReader<'de> {
    type Error = DecodeErrorKind;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let bytes = self.bytes()?.iter().copied();
        visitor.visit_seq(SeqDeserializer::new(bytes))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        let found = self.bytes()?.len();
        if found == len {
            return self.deserialize_any(visitor);
        }
        Err(de::Error::invalid_length(found, &visitor))
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            None => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit
        unit_struct newtype_struct seq tuple_struct map struct enum identifier ignored_any
    }
}
