//! The rule of writing: which bytes a whole value becomes, by its form.

use serde::ser::{self, Impossible, Serialize};

use super::cbor::{self, CborWriter};
use super::error::{EncodeErrorKind, RecordPart};
use super::{Codec, Written, json, known, raw};
use crate::mutant;

type Result<T = Written> = std::result::Result<T, EncodeErrorKind>;

/// Appends `value` to `out` as `codec` says; what a failure leaves behind is the caller's to cut.
#[inline]
pub(super) fn value<T: Serialize + ?Sized>(
    part: RecordPart,
    value: &T,
    codec: Codec,
    out: &mut Vec<u8>,
) -> Result {
    if raw::goes_raw::<T>(codec, size_of_val(value), align_of_val(value)) {
        return raw::write(value, codec, out);
    }
    match codec {
        Codec::Auto | Codec::Text | Codec::Bytes => {
            value.serialize(WholeWriter::new::<T>(part, codec, out))
        }
        Codec::Cbor | Codec::Json if is_tombstone(value) => Ok(Written::Tombstone),
        Codec::Cbor => {
            out.extend_from_slice(&cbor::TAG);
            value.serialize(CborWriter::new(out))
        }
        Codec::Json => json::write(value, out).map(|()| Written::Bytes),
    }
}

/// Writes a whole value: text raw, anything else behind the tag where the codec may.
struct WholeWriter<'b> {
    out: &'b mut Vec<u8>,
    codec: Codec,
    /// A string goes as it is, because it is certain to be read as one, whatever it looks like. A
    /// type that writes a string may read anything (a decimal, an untagged enum, `Value`), and takes
    /// untagged text for JSON. So only strings themselves go raw; but a key is never read as JSON
    /// by such a type, and of the codec `text` nothing is.
    text: bool,
    /// Inside a `Some`, where another `None` is a value: `Some(None)` is no tombstone.
    inner: bool,
}

impl<'b> WholeWriter<'b> {
    fn new<T: ?Sized>(part: RecordPart, codec: Codec, out: &'b mut Vec<u8>) -> Self {
        Self {
            out,
            codec,
            text: part == RecordPart::Key
                || codec == Codec::Text
                || known::is_text::<T>()
                || mutant::is("text-untagged"),
            inner: false,
        }
    }

    #[inline]
    fn tagged(self, found: &'static str) -> Result<CborWriter<'b>> {
        if self.codec != Codec::Auto {
            let codec = self.codec;
            return Err(EncodeErrorKind::Refused { codec, found });
        }
        self.out.extend_from_slice(&cbor::TAG);
        Ok(CborWriter::new(self.out))
    }
}

/// Whether the bytes are a null behind self-described tags only, as `Some(None)` is written.
pub(super) fn is_some_null(mut bytes: &[u8]) -> bool {
    let mut tagged = false;
    while let Some(rest) = bytes.strip_prefix(&cbor::TAG) {
        (bytes, tagged) = (rest, true);
    }
    tagged && bytes == [cbor::NULL]
}

macro_rules! numbers {
    ($($method:ident($of:ty) $found:literal;)*) => {$(
        #[inline]
        fn $method(self, v: $of) -> Result {
            self.tagged($found)?.$method(v)
        }
    )*};
}

impl<'b> ser::Serializer for WholeWriter<'b> {
    type Ok = Written;
    type Error = EncodeErrorKind;
    type SerializeSeq = cbor::CborCollection<'b>;
    type SerializeTuple = cbor::CborCollection<'b>;
    type SerializeTupleStruct = cbor::CborCollection<'b>;
    type SerializeTupleVariant = cbor::CborCollection<'b>;
    type SerializeMap = cbor::CborCollection<'b>;
    type SerializeStruct = cbor::CborCollection<'b>;
    type SerializeStructVariant = cbor::CborCollection<'b>;

    numbers! {
        serialize_bool(bool) "a bool";
        serialize_i8(i8) "an integer";
        serialize_i16(i16) "an integer";
        serialize_i32(i32) "an integer";
        serialize_i64(i64) "an integer";
        serialize_i128(i128) "an integer";
        serialize_u8(u8) "an integer";
        serialize_u16(u16) "an integer";
        serialize_u32(u32) "an integer";
        serialize_u64(u64) "an integer";
        serialize_u128(u128) "an integer";
        serialize_f32(f32) "a float";
        serialize_f64(f64) "a float";
    }

    fn serialize_char(self, v: char) -> Result {
        match self.codec {
            Codec::Auto => self.tagged("a char")?.serialize_char(v),
            _ => self.serialize_str(v.encode_utf8(&mut [0; 4])),
        }
    }

    #[inline]
    fn serialize_str(self, v: &str) -> Result {
        if !self.text {
            return self
                .tagged("text of a type that is no string")?
                .serialize_str(v);
        }
        self.out.extend_from_slice(v.as_bytes());
        Ok(Written::Bytes)
    }

    /// Of a type that is not known to mean bytes, which `raw` would have written.
    #[inline]
    fn serialize_bytes(self, v: &[u8]) -> Result {
        if self.codec != Codec::Bytes {
            return self
                .tagged("binary of a type of its own")?
                .serialize_bytes(v);
        }
        self.out.extend_from_slice(v);
        Ok(Written::Bytes)
    }

    fn serialize_none(self) -> Result {
        match self.inner {
            false => Ok(Written::Tombstone),
            true => self.tagged("a `None` in a `Some`")?.serialize_none(),
        }
    }

    /// A `Some` of null gets one more tag, as inside of CBOR.
    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        let start = self.out.len();
        let written = value.serialize(WholeWriter {
            inner: true,
            out: &mut *self.out,
            ..self
        })?;
        if self.codec == Codec::Auto && is_some_null(&self.out[start..]) {
            self.out.splice(start..start, cbor::TAG);
        }
        Ok(written)
    }

    fn serialize_unit(self) -> Result {
        self.tagged("`()`")?.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result {
        self.tagged("a struct")?.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result {
        self.tagged("an enum")?
            .serialize_unit_variant(name, index, variant)
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
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        self.tagged("an enum")?
            .serialize_newtype_variant(name, index, variant, value)
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq> {
        self.tagged("a sequence")?.serialize_seq(len)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple> {
        self.tagged("a tuple")?.serialize_tuple(len)
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        self.tagged("a struct")?.serialize_tuple_struct(name, len)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        self.tagged("an enum")?
            .serialize_tuple_variant(name, index, variant, len)
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap> {
        self.tagged("a map")?.serialize_map(len)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct> {
        self.tagged("a struct")?.serialize_struct(name, len)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant> {
        self.tagged("an enum")?
            .serialize_struct_variant(name, index, variant, len)
    }

    /// A whole value is for people, too: a type with a readable and a compact form (an address, a
    /// uuid) is written readable here, and compact inside of CBOR. Only `bytes` wants it compact.
    fn is_human_readable(&self) -> bool {
        self.codec != Codec::Bytes
    }
}

/// Whether `value` is `None` at its top, found without writing it.
fn is_tombstone<T: Serialize + ?Sized>(value: &T) -> bool {
    matches!(value.serialize(Peek), Err(Peeked::Tombstone))
}

/// Learns from a value what it is, and then makes it stop.
pub(super) struct Peek;

/// What [`Peek`] learns, and how it stops a value.
#[derive(Debug, thiserror::Error)]
#[error("a value was peeked at")]
pub(super) enum Peeked {
    /// `None`.
    Tombstone,
    /// A `u8`.
    Byte(u8),
    /// A value whose form is not that of a byte or of nothing.
    Other,
}

impl ser::Error for Peeked {
    fn custom<T: std::fmt::Display>(_message: T) -> Self {
        Self::Other
    }
}

type Peeking = Impossible<(), Peeked>;

/// The methods of a serializer that all answer with the same error.
macro_rules! refused {
    ($error:expr, $of:ty; $($method:ident($($arg:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $arg),*) -> std::result::Result<$ok, $of> {
            Err($error)
        }
    )*};
}

pub(super) use refused;

impl ser::Serializer for Peek {
    type Ok = ();
    type Error = Peeked;
    type SerializeSeq = Peeking;
    type SerializeTuple = Peeking;
    type SerializeTupleStruct = Peeking;
    type SerializeTupleVariant = Peeking;
    type SerializeMap = Peeking;
    type SerializeStruct = Peeking;
    type SerializeStructVariant = Peeking;

    refused! { Peeked::Other, Peeked;
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_i128(i128) -> ();
        serialize_u128(u128) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Peeking;
        serialize_tuple(usize) -> Peeking;
        serialize_tuple_struct(&'static str, usize) -> Peeking;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Peeking;
        serialize_map(Option<usize>) -> Peeking;
        serialize_struct(&'static str, usize) -> Peeking;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Peeking;
    }

    #[inline]
    fn serialize_u8(self, v: u8) -> std::result::Result<(), Peeked> {
        Err(Peeked::Byte(v))
    }

    fn serialize_none(self) -> std::result::Result<(), Peeked> {
        Err(Peeked::Tombstone)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> std::result::Result<(), Peeked> {
        Err(Peeked::Other)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> std::result::Result<(), Peeked> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> std::result::Result<(), Peeked> {
        Err(Peeked::Other)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> std::result::Result<(), Peeked> {
        Err(Peeked::Other)
    }
}
