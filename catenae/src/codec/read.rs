//! The rule of reading: what a whole payload is taken for, by its bytes and by what a type asks.

use serde::de::{self, Deserialize, Visitor};

use super::cbor::{self, CborError};
use super::error::{DecodeErrorKind, RecordPart};
use super::json::{self, Json};
use super::write::is_some_null;
use super::{Codec, MAX_DEPTH, raw};

type Result<T> = std::result::Result<T, DecodeErrorKind>;

/// Reads `payload` (`None` is a tombstone) as `codec` says.
pub(super) fn value<'de, T: Deserialize<'de>>(
    part: RecordPart,
    payload: Option<&'de [u8]>,
    codec: Codec,
) -> Result<T> {
    if raw::goes_raw::<T>(codec, size_of::<T>(), align_of::<T>()) {
        return raw::read(payload, codec);
    }
    T::deserialize(WholeReader {
        part,
        payload,
        codec,
        depth: 0,
    })
}

/// A whole payload.
struct WholeReader<'de> {
    part: RecordPart,
    payload: Option<&'de [u8]>,
    codec: Codec,
    /// How many options were opened.
    depth: usize,
}

/// What a payload is taken for.
enum Form<'de> {
    /// CBOR from this byte on.
    Cbor(&'de [u8], usize),
    Json(&'de [u8]),
    /// Text or bytes as they are.
    Raw(&'de [u8]),
}

impl<'de> WholeReader<'de> {
    /// What the payload is, where untagged bytes stand for `untagged` unless the codec is fixed.
    #[inline]
    fn form(&self, untagged: fn(&'de [u8]) -> Form<'de>) -> Result<Form<'de>> {
        let bytes = self.payload.ok_or(DecodeErrorKind::Tombstone)?;
        Ok(match self.codec {
            Codec::Auto | Codec::Cbor if bytes.starts_with(&cbor::TAG) => {
                Form::Cbor(bytes, cbor::TAG.len())
            }
            Codec::Auto => untagged(bytes),
            Codec::Cbor => Form::Cbor(bytes, 0),
            Codec::Json => Form::Json(bytes),
            Codec::Text | Codec::Bytes => Form::Raw(bytes),
        })
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| DecodeErrorKind::NotUtf8 {
        valid_up_to: error.valid_up_to(),
    })
}

#[inline]
fn read_cbor<'de, T>(
    bytes: &'de [u8],
    start: usize,
    read: impl FnOnce(&mut cbor::CborReader<'de>) -> std::result::Result<T, CborError>,
) -> Result<T> {
    if bytes.is_empty() {
        return Err(DecodeErrorKind::Empty);
    }
    cbor::from_slice(bytes, start, read).map_err(DecodeErrorKind::Cbor)
}

#[inline]
fn read_json<'de, T>(
    bytes: &'de [u8],
    read: impl FnOnce(&mut Json<'de>) -> serde_json::Result<T>,
) -> Result<T> {
    json::read(bytes, read)
}

macro_rules! structured {
    ($($method:ident($($name:ident: $of:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $of,)* visitor: V) -> Result<V::Value> {
            match self.form(Form::Json)? {
                Form::Cbor(bytes, start) => {
                    read_cbor(bytes, start, |cbor| cbor.$method($($name,)* visitor))
                }
                Form::Json(bytes) => read_json(bytes, |json| json.$method($($name,)* visitor)),
                Form::Raw(_) => Err(DecodeErrorKind::Refused(self.codec)),
            }
        }
    )*};
}

macro_rules! textual {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.form(Form::Raw)? {
                Form::Cbor(bytes, start) => read_cbor(bytes, start, |cbor| cbor.$method(visitor)),
                Form::Json(bytes) => read_json(bytes, |json| json.$method(visitor)),
                Form::Raw(bytes) => visitor.visit_borrowed_str(text(bytes)?),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for WholeReader<'de> {
    type Error = DecodeErrorKind;

    structured! {
        deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
        deserialize_u128() deserialize_f32() deserialize_f64() deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
    }

    textual! { deserialize_str deserialize_string }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.form(Form::Json)? {
            Form::Cbor(bytes, start) => {
                read_cbor(bytes, start, |cbor| cbor.deserialize_char(visitor))
            }
            Form::Json(bytes) => read_json(bytes, |json| json.deserialize_char(visitor)),
            Form::Raw(bytes) => visitor.visit_borrowed_str(text(bytes)?),
        }
    }

    /// Of a type that is not known to mean bytes, which `raw` would have read: it writes tagged
    /// CBOR, and takes other bytes as they are.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.form(Form::Raw)? {
            Form::Cbor(bytes, start) => {
                read_cbor(bytes, start, |cbor| cbor.deserialize_bytes(visitor))
            }
            Form::Json(bytes) => read_json(bytes, |json| json.deserialize_bytes(visitor)),
            Form::Raw(bytes) if self.codec == Codec::Text => {
                visitor.visit_borrowed_bytes(text(bytes)?.as_bytes())
            }
            Form::Raw(bytes) => visitor.visit_borrowed_bytes(bytes),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Some(bytes) = self.payload else {
            return visitor.visit_none();
        };
        if self.depth >= MAX_DEPTH {
            return Err(DecodeErrorKind::TooDeep);
        }
        let mut inside = bytes;
        match self.codec {
            Codec::Json if bytes.trim_ascii() == b"null" => return visitor.visit_none(),
            Codec::Cbor => {
                let start = match bytes.starts_with(&cbor::TAG) {
                    true => cbor::TAG.len(),
                    false => 0,
                };
                return read_cbor(bytes, start, |cbor| cbor.deserialize_option(visitor));
            }
            // Each tag but the last is a `Some`; null itself is `None` inside another option only,
            // because a whole `None` is a tombstone.
            Codec::Auto if is_some_null(bytes) => match &bytes[cbor::TAG.len()..] {
                [cbor::NULL] if self.depth > 0 => return visitor.visit_none(),
                [cbor::NULL] => (),
                rest => inside = rest,
            },
            Codec::Auto | Codec::Json | Codec::Text | Codec::Bytes => (),
        }
        visitor.visit_some(Self {
            payload: Some(inside),
            depth: self.depth + 1,
            ..self
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    /// A type that takes anything (`Value`, an untagged enum, a decimal) is one of those that take
    /// untagged text for JSON, and nothing is guessed from how the text looks; as a key, where JSON
    /// is rare and a string goes raw whatever its type, text is text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.form(Form::Json)? {
            Form::Cbor(bytes, start) => {
                read_cbor(bytes, start, |cbor| cbor.deserialize_any(visitor))
            }
            Form::Json(bytes) if self.part == RecordPart::Key => {
                visitor.visit_borrowed_str(text(bytes)?)
            }
            Form::Json(bytes) if !json::is_exact(bytes) => Err(DecodeErrorKind::Inexact),
            Form::Json(bytes) => read_json(bytes, |json| json.deserialize_any(visitor)),
            Form::Raw(bytes) if self.codec == Codec::Text => {
                visitor.visit_borrowed_str(text(bytes)?)
            }
            Form::Raw(bytes) => visitor.visit_borrowed_bytes(bytes),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    /// As when writing: see `is_human_readable` there.
    fn is_human_readable(&self) -> bool {
        match self.codec {
            Codec::Auto | Codec::Json | Codec::Text => true,
            Codec::Cbor | Codec::Bytes => false,
        }
    }
}
