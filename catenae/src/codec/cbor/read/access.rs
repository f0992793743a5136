//! What serde walks through: the elements of a collection, the variant of an enum, a tag.

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};

use super::{CborError, CborReader, Result};
use crate::codec::cbor::{TAGGED, UNTAGGED};

/// The elements of an array, or the entries of a map.
pub(super) struct Elements<'a, 'de> {
    reader: &'a mut CborReader<'de>,
    /// How many are left; `None` where a break ends them.
    left: Option<usize>,
    ended: bool,
}

impl<'a, 'de> Elements<'a, 'de> {
    #[inline]
    pub(super) fn new(reader: &'a mut CborReader<'de>, left: Option<usize>) -> Self {
        Self {
            reader,
            left,
            ended: false,
        }
    }

    /// Whether there is another one.
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        match &mut self.left {
            Some(0) => return Ok(false),
            Some(left) => *left -= 1,
            None if self.ended || self.reader.at_break()? => {
                self.ended = true;
                return Ok(false);
            }
            None => (),
        }
        Ok(true)
    }

    /// Checks that the visitor took all of them.
    #[inline]
    pub(super) fn finish(mut self) -> Result<()> {
        if self.advance()? {
            let message = "more elements follow than the type has";
            return Err(CborError::new(self.reader.at, message));
        }
        Ok(())
    }

    /// Steps over all of them, each of `items` items.
    pub(super) fn skip(mut self, items: usize) -> Result<()> {
        while self.advance()? {
            for _ in 0..items {
                self.reader.skip()?;
            }
        }
        Ok(())
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = CborError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        match self.advance()? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

impl<'de> de::MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = CborError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.advance()? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.reader)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

/// A variant written as its name alone.
pub(super) struct UnitVariant<'de>(Cow<'de, str>);

impl<'de> UnitVariant<'de> {
    pub(super) fn new(name: Cow<'de, str>) -> Self {
        Self(name)
    }
}

impl<'de> de::EnumAccess<'de> for UnitVariant<'de> {
    type Error = CborError;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, NoContent)> {
        let variant = match self.0 {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => {
                let name: StringDeserializer<CborError> = name.into_deserializer();
                seed.deserialize(name)
            }
        };
        variant.map(|variant| (variant, NoContent))
    }
}

/// What a variant written as its name alone contains.
pub(super) struct NoContent;

impl<'de> de::VariantAccess<'de> for NoContent {
    type Error = CborError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value> {
        Err(de::Error::invalid_type(
            Unexpected::UnitVariant,
            &"newtype variant",
        ))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }
}

/// A variant written as a map of its name to its content.
pub(super) struct Variant<'a, 'de>(&'a mut CborReader<'de>);

impl<'a, 'de> Variant<'a, 'de> {
    pub(super) fn new(reader: &'a mut CborReader<'de>) -> Self {
        Self(reader)
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let variant = seed.deserialize(&mut *self.0)?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self.0)
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.0)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.0.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_map(visitor)
    }
}

/// A tag and its value, as the enum that `ciborium`'s types take it for.
pub(super) struct TagAccess<'a, 'de> {
    reader: &'a mut CborReader<'de>,
    tag: Option<u64>,
}

impl<'a, 'de> TagAccess<'a, 'de> {
    pub(super) fn new(reader: &'a mut CborReader<'de>, tag: Option<u64>) -> Self {
        Self { reader, tag }
    }
}

impl<'de> de::EnumAccess<'de> for TagAccess<'_, 'de> {
    type Error = CborError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name = match self.tag {
            Some(_) => TAGGED,
            None => UNTAGGED,
        };
        let variant = seed.deserialize(BorrowedStrDeserializer::new(name))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for TagAccess<'_, 'de> {
    type Error = CborError;

    fn unit_variant(self) -> Result<()> {
        Err(de::Error::invalid_type(
            Unexpected::TupleVariant,
            &"unit variant",
        ))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(TagAndValue {
            reader: self.reader,
            tag: self.tag,
            ended: false,
        })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::TupleVariant, &visitor))
    }
}

struct TagAndValue<'a, 'de> {
    reader: &'a mut CborReader<'de>,
    tag: Option<u64>,
    ended: bool,
}

impl<'de> de::SeqAccess<'de> for TagAndValue<'_, 'de> {
    type Error = CborError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if let Some(tag) = self.tag.take() {
            return seed.deserialize(tag.into_deserializer()).map(Some);
        }
        if std::mem::replace(&mut self.ended, true) {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}
