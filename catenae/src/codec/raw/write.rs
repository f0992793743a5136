//! Takes the bytes out of a type that means bytes.

use serde::ser::{self, Impossible, Serialize};

use crate::codec::error::EncodeErrorKind;
use crate::codec::write::{Peek, Peeked, refused};
use crate::codec::{Codec, Written};

type Result<T = Written> = std::result::Result<T, EncodeErrorKind>;
type Never = Impossible<Written, EncodeErrorKind>;

/// Appends the bytes of `value`, whose type means bytes; with the codec `text` they must be some.
#[inline]
pub(in crate::codec) fn value<T: Serialize + ?Sized>(
    value: &T,
    codec: Codec,
    out: &mut Vec<u8>,
) -> Result {
    let start = out.len();
    let written = value.serialize(RawWriter(out))?;
    if codec == Codec::Text && std::str::from_utf8(&out[start..]).is_err() {
        return Err(EncodeErrorKind::NotUtf8);
    }
    Ok(written)
}

/// Appends the elements of a sequence, each of which is a byte.
struct RawWriter<'b>(&'b mut Vec<u8>);

/// The byte that an element is.
#[inline]
fn byte<T: Serialize + ?Sized>(element: &T) -> Option<u8> {
    match element.serialize(Peek) {
        Err(Peeked::Byte(byte)) => Some(byte),
        _ => None,
    }
}

/// The answer to all that no type that means bytes ever asks for.
#[cold]
fn no_bytes() -> EncodeErrorKind {
    EncodeErrorKind::Custom(
        "its type stands for bytes, but serde does not see a sequence of \
        bytes"
            .to_owned(),
    )
}

impl ser::Serializer for RawWriter<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    /// Where vectors and slices end up: all of them in one go, which becomes one copy.
    #[inline]
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, elements: I) -> Result {
        let mut all_bytes = true;
        self.0.extend(elements.into_iter().map(|element| {
            let byte = byte(&element);
            all_bytes &= byte.is_some();
            byte.unwrap_or_default()
        }));
        all_bytes.then_some(Written::Bytes).ok_or_else(no_bytes)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self> {
        Ok(self)
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result {
        self.0.extend_from_slice(bytes);
        Ok(Written::Bytes)
    }

    fn serialize_none(self) -> Result {
        Ok(Written::Tombstone)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    refused! { no_bytes(), EncodeErrorKind;
        serialize_bool(bool) -> Written;
        serialize_i8(i8) -> Written;
        serialize_i16(i16) -> Written;
        serialize_i32(i32) -> Written;
        serialize_i64(i64) -> Written;
        serialize_u8(u8) -> Written;
        serialize_u16(u16) -> Written;
        serialize_u32(u32) -> Written;
        serialize_u64(u64) -> Written;
        serialize_f32(f32) -> Written;
        serialize_f64(f64) -> Written;
        serialize_char(char) -> Written;
        serialize_str(&str) -> Written;
        serialize_unit() -> Written;
        serialize_unit_struct(&'static str) -> Written;
        serialize_unit_variant(&'static str, u32, &'static str) -> Written;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result {
        Err(no_bytes())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result {
        Err(no_bytes())
    }
}

impl ser::SerializeSeq for RawWriter<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.0.push(byte(element).ok_or_else(no_bytes)?);
        Ok(())
    }

    fn end(self) -> Result {
        Ok(Written::Bytes)
    }
}

impl ser::SerializeTuple for RawWriter<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        ser::SerializeSeq::serialize_element(self, element)
    }

    #[inline]
    fn end(self) -> Result {
        Ok(Written::Bytes)
    }
}
