//! The serializer that writes CBOR straight into a `Vec<u8>`.

mod collection;

use serde::ser::{self, Serialize};

pub(in crate::codec) use self::collection::CborCollection;
use self::collection::Tag;
use super::{TAG, TAG_ENUM, TAGGED, UNTAGGED, float, major};
use crate::codec::error::EncodeErrorKind;
use crate::codec::{MAX_DEPTH, Written};

type Result<T = Written> = std::result::Result<T, EncodeErrorKind>;

/// Writes one CBOR item behind what `out` already holds.
pub(in crate::codec) struct CborWriter<'b> {
    out: &'b mut Vec<u8>,
    depth: usize,
}

impl<'b> CborWriter<'b> {
    pub(in crate::codec) fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out, depth: 0 }
    }

    /// Writes the first byte of an item and its number in the shortest form.
    #[inline]
    fn head(&mut self, major: u8, number: u64) {
        match number {
            0..=23 => self.out.push(major | number as u8),
            24..=0xff => self.out.extend_from_slice(&[major | 24, number as u8]),
            0x100..=0xffff => {
                let [a, b] = (number as u16).to_be_bytes();
                self.out.extend_from_slice(&[major | 25, a, b]);
            }
            0x1_0000..=0xffff_ffff => {
                let [a, b, c, d] = (number as u32).to_be_bytes();
                self.out.extend_from_slice(&[major | 26, a, b, c, d]);
            }
            _ => {
                self.out.push(major | 27);
                self.out.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.head(major::TEXT, text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// An integer beyond 64 bits: a tag and its bytes without leading zeros.
    fn big(&mut self, tag: u64, number: u128) {
        let bytes = number.to_be_bytes();
        let bytes = &bytes[number.leading_zeros() as usize / 8..];
        self.head(major::TAG, tag);
        self.head(major::BYTES, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    /// Opens an array or a map of `len` entries, or one that ends with a break.
    #[inline]
    fn open(mut self, major: u8, len: Option<usize>) -> Result<CborCollection<'b>> {
        if self.depth >= MAX_DEPTH {
            return Err(EncodeErrorKind::TooDeep);
        }
        match len {
            Some(len) => self.head(major, len as u64),
            None => self.out.push(major | super::INDEFINITE),
        }
        Ok(CborCollection {
            depth: self.depth + 1,
            out: self.out,
            announced: len,
            written: 0,
            tag: Tag::None,
        })
    }

    /// Writes the variant's name as the key of a map of one entry.
    fn variant(mut self, variant: &str) -> Result<Self> {
        if self.depth >= MAX_DEPTH {
            return Err(EncodeErrorKind::TooDeep);
        }
        self.head(major::MAP, 1);
        self.text(variant);
        self.depth += 1;
        Ok(self)
    }
}

/// Puts the mark before the item at `start`.
#[cold]
fn mark(out: &mut Vec<u8>, start: usize) {
    out.splice(start..start, TAG);
}

macro_rules! integers {
    ($($name:ident: $from:ty as $via:ident($to:ty);)*) => {$(
        #[inline]
        fn $name(self, v: $from) -> Result {
            self.$via(<$to>::from(v))
        }
    )*};
}

impl<'b> ser::Serializer for CborWriter<'b> {
    type Ok = Written;
    type Error = EncodeErrorKind;
    type SerializeSeq = CborCollection<'b>;
    type SerializeTuple = CborCollection<'b>;
    type SerializeTupleStruct = CborCollection<'b>;
    type SerializeTupleVariant = CborCollection<'b>;
    type SerializeMap = CborCollection<'b>;
    type SerializeStruct = CborCollection<'b>;
    type SerializeStructVariant = CborCollection<'b>;

    integers! {
        serialize_i8: i8 as serialize_i64(i64);
        serialize_i16: i16 as serialize_i64(i64);
        serialize_i32: i32 as serialize_i64(i64);
        serialize_u8: u8 as serialize_u64(u64);
        serialize_u16: u16 as serialize_u64(u64);
        serialize_u32: u32 as serialize_u64(u64);
        serialize_f32: f32 as serialize_f64(f64);
    }

    #[inline]
    fn serialize_bool(self, v: bool) -> Result {
        self.out.push(if v { super::TRUE } else { super::FALSE });
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_i64(mut self, v: i64) -> Result {
        match u64::try_from(v) {
            Ok(v) => self.head(major::POSITIVE, v),
            Err(_) => self.head(major::NEGATIVE, !(v as u64)),
        }
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_u64(mut self, v: u64) -> Result {
        self.head(major::POSITIVE, v);
        Ok(Written::Bytes)
    }

    fn serialize_i128(mut self, v: i128) -> Result {
        let Ok(v) = u128::try_from(v) else {
            let inverse = !(v as u128);
            match u64::try_from(inverse) {
                Ok(inverse) => self.head(major::NEGATIVE, inverse),
                Err(_) => self.big(super::BIG_NEGATIVE, inverse),
            }
            return Ok(Written::Bytes);
        };
        self.serialize_u128(v)
    }

    fn serialize_u128(mut self, v: u128) -> Result {
        match u64::try_from(v) {
            Ok(v) => self.head(major::POSITIVE, v),
            Err(_) => self.big(super::BIG_POSITIVE, v),
        }
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_f64(self, v: f64) -> Result {
        if let Some(half) = float::to_half(v) {
            self.out.push(super::HALF);
            self.out.extend_from_slice(&half.to_be_bytes());
        } else if f64::from(v as f32).to_bits() == v.to_bits() {
            self.out.push(super::SINGLE);
            self.out.extend_from_slice(&(v as f32).to_be_bytes());
        } else {
            self.out.push(super::DOUBLE);
            self.out.extend_from_slice(&v.to_be_bytes());
        }
        Ok(Written::Bytes)
    }

    fn serialize_char(mut self, v: char) -> Result {
        self.text(v.encode_utf8(&mut [0; 4]));
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_str(mut self, v: &str) -> Result {
        self.text(v);
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_bytes(mut self, v: &[u8]) -> Result {
        self.head(major::BYTES, v.len() as u64);
        self.out.extend_from_slice(v);
        Ok(Written::Bytes)
    }

    #[inline]
    fn serialize_none(self) -> Result {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        let start = self.out.len();
        let written = value.serialize(CborWriter {
            out: &mut *self.out,
            depth: self.depth,
        })?;
        if matches!(self.out.get(start), Some(&super::NULL)) || self.out[start..].starts_with(&TAG)
        {
            mark(self.out, start);
        }
        Ok(written)
    }

    #[inline]
    fn serialize_unit(self) -> Result {
        self.out.push(super::NULL);
        Ok(Written::Bytes)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        if (name, variant) == (TAG_ENUM, UNTAGGED) {
            return value.serialize(self);
        }
        value.serialize(self.variant(variant)?)
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<CborCollection<'b>> {
        self.open(major::ARRAY, len)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<CborCollection<'b>> {
        self.open(major::ARRAY, Some(len))
    }

    #[inline]
    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<CborCollection<'b>> {
        self.open(major::ARRAY, Some(len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<CborCollection<'b>> {
        if (name, variant) == (TAG_ENUM, TAGGED) {
            if self.depth >= MAX_DEPTH {
                return Err(EncodeErrorKind::TooDeep);
            }
            self.out.extend_from_slice(&TAG);
            return Ok(CborCollection {
                depth: self.depth + 1,
                out: self.out,
                announced: Some(len),
                written: 0,
                tag: Tag::Due,
            });
        }
        self.variant(variant)?.open(major::ARRAY, Some(len))
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<CborCollection<'b>> {
        self.open(major::MAP, len)
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<CborCollection<'b>> {
        self.open(major::MAP, Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<CborCollection<'b>> {
        self.variant(variant)?.open(major::MAP, Some(len))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
