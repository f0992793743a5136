//! The typed electron codec: bytes to values and back.
//!
//! | a value that is | is written as |
//! |---|---|
//! | a string: `String`, `&str`, `Box<str>`, `Cow<str>`, `Arc<str>`, `Rc<str>` | its UTF-8, raw |
//! | bytes: `Bytes`, `BytesMut`, `Vec<u8>`, `[u8; N]`, `&[u8]`, `Box<[u8]>`, `Cow<[u8]>` | as they are |
//! | `None` | a tombstone: no value at all |
//! | `Some` of a string or of bytes | as what is in it |
//! | anything else | CBOR behind the tag `d9 d9 f7`, with the bytes that `ciborium` writes, but for two marks |
//!
//! and read by the bytes first, then by what the type asks for: behind the tag stands CBOR; other
//! bytes are a string's text, or JSON to any other type. Bytes are never looked into. Keys follow
//! the same table, but for two things: whatever serde writes as a string is a string, and untagged
//! text is text, never JSON, to a type that takes anything.
//!
//! What was written is read as the same, or one of the two refuses it. Nothing is guessed from how
//! a text looks.
//!
//! `Vec<u8>`, arrays and slices are bytes as a whole value, in an `Option` and behind a reference.
//! Serde sees a sequence of numbers in them, and so it is one inside of any other type, also in a
//! newtype of your own, and with the codecs `json` and `cbor`; `Bytes` is bytes there, too.

mod cbor;
mod error;
mod json;
mod known;
mod raw;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::cbor::CborError;
use self::error::RecordPart;
pub use self::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::outcome::{Failure, FailureKind};

/// How deep a value may nest, in CBOR as in JSON: the depth that `serde_json` reads, and shallow
/// enough for the stack of a thread.
const MAX_DEPTH: usize = 127;

/// How values of a stream are written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Codec {
    /// Strings and bytes raw, anything else tagged CBOR; reading goes by the bytes.
    #[default]
    Auto,
    /// CBOR always, written behind its tag, read with and without.
    Cbor,
    /// Always JSON. Whatever JSON does not give back is refused: floats that are not finite, `Some` of nothing, and,
    /// for types that are not known to ask for them, numbers as map keys, integers of more than 64 bits, and bytes.
    Json,
    /// UTF-8 text only: whatever serde writes as a string or a char, and bytes that are UTF-8.
    Text,
    /// Raw bytes only: bytes, and strings that are known as such.
    Bytes,
}

impl Codec {
    /// What a value of type `T` becomes on a stream; `None` is a tombstone.
    ///
    /// ```
    /// use catenae::Codec;
    ///
    /// assert_eq!(Codec::Auto.encode("ho")?, Some(b"ho".to_vec()));
    /// assert_eq!(Codec::Auto.encode(&2)?, Some(b"\xd9\xd9\xf7\x02".to_vec()));
    /// assert_eq!(Codec::Auto.encode(&None::<u8>)?, None);
    /// # Ok::<(), catenae::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// The value has a form that this codec does not hold.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Option<Vec<u8>>, EncodeError> {
        let mut bytes = Vec::new();
        let written = append(RecordPart::Value, value, self, &mut bytes)?;
        Ok((written == Written::Bytes).then_some(bytes))
    }

    /// Like [`encode`](Self::encode), but appends the bytes to a buffer that can be reused. Returns whether there are
    /// any bytes; if not, the value is a tombstone.
    ///
    /// # Errors
    /// The value has a form that this codec does not hold; `buffer` stays as it was.
    #[inline]
    pub fn encode_into<T: Serialize + ?Sized>(
        self,
        value: &T,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, EncodeError> {
        append(RecordPart::Value, value, self, buffer).map(|written| written == Written::Bytes)
    }

    /// The value that a stream holds as `payload`, where `None` is a tombstone.
    ///
    /// ```
    /// use catenae::Codec;
    ///
    /// let pair: (String, u64) = Codec::Auto.decode(Some(br#"["foreign JSON", 1]"#))?;
    /// assert_eq!(pair, ("foreign JSON".to_owned(), 1));
    /// # Ok::<(), catenae::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// The bytes do not hold a `T`.
    pub fn decode<'de, T: Deserialize<'de>>(
        self,
        payload: Option<&'de [u8]>,
    ) -> Result<T, DecodeError> {
        take(RecordPart::Value, payload, self, Limits::default())
    }

    /// The name as the attribute and the stream's description write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cbor => "cbor",
            Self::Json => "json",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }

    /// What values of this codec are, for errors.
    const fn holds(self) -> &'static str {
        match self {
            Self::Auto | Self::Cbor | Self::Json => "serde values",
            Self::Text => "strings",
            Self::Bytes => "bytes and strings",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a payload may cost; the depth of nesting has its own, fixed limit of 127 levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of a value, and of a key, in bytes.
    pub payload: usize,
}

impl Limits {
    /// The size of a payload unless set otherwise: 16 MiB.
    pub const PAYLOAD: usize = 16 << 20;

    /// Sets the size of a value, and of a key, in bytes.
    #[must_use]
    pub const fn payload(mut self, bytes: usize) -> Self {
        self.payload = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload: Self::PAYLOAD,
        }
    }
}

/// What a value became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Its bytes were appended to the buffer.
    Bytes,
    /// It is a tombstone (`None`): a null value, nothing was appended.
    Tombstone,
}

/// Reads a whole value.
///
/// # Errors
/// A failure of kind `Decode` that names what was expected and what was found.
#[inline]
pub(crate) fn decode_value<'de, T: Deserialize<'de>>(
    value: Option<&'de [u8]>,
    codec: Codec,
    limits: Limits,
) -> Result<T, Failure> {
    take(RecordPart::Value, value, codec, limits).map_err(undecodable)
}

/// Reads a key.
///
/// # Errors
/// A failure of kind `Decode` that names what was expected and what was found.
#[inline]
pub(crate) fn decode_key<'de, T: Deserialize<'de>>(
    key: &'de [u8],
    limits: Limits,
) -> Result<T, Failure> {
    take(RecordPart::Key, Some(key), Codec::Auto, limits).map_err(undecodable)
}

#[cold]
fn undecodable(error: DecodeError) -> Failure {
    Failure::new(FailureKind::Decode, error)
}

#[inline]
fn take<'de, T: Deserialize<'de>>(
    part: RecordPart,
    payload: Option<&'de [u8]>,
    codec: Codec,
    limits: Limits,
) -> Result<T, DecodeError> {
    let value = match payload {
        Some(bytes) if bytes.len() > limits.payload => Err(DecodeErrorKind::TooLarge {
            limit: limits.payload,
        }),
        _ => read::value(part, payload, codec),
    };
    value.map_err(|kind| DecodeError::new::<T>(part, payload, kind))
}

/// Appends, and leaves `buf` as it was when that fails.
#[inline]
fn append<T: Serialize + ?Sized>(
    part: RecordPart,
    value: &T,
    codec: Codec,
    buf: &mut Vec<u8>,
) -> Result<Written, EncodeError> {
    let before = buf.len();
    write::value(part, value, codec, buf).map_err(|kind| {
        buf.truncate(before);
        EncodeError::new::<T>(part, kind)
    })
}

/// Appends the bytes of `value` to `buf`, which stays as it was when that fails.
///
/// # Errors
/// A failure of kind `Encode` that names the type and what could not be written.
#[inline]
pub fn encode_value<T: Serialize + ?Sized>(
    value: &T,
    codec: Codec,
    buf: &mut Vec<u8>,
) -> Result<Written, Failure> {
    append(RecordPart::Value, value, codec, buf)
        .map_err(|error| Failure::new(FailureKind::Encode, error))
}

/// Appends the bytes of a key to `buf`: strings and bytes raw, others tagged CBOR. `None` is no
/// key, and nothing is appended.
///
/// # Errors
/// A failure of kind `Encode`; `buf` stays as it was.
#[inline]
pub fn encode_key<T: Serialize + ?Sized>(key: &T, buf: &mut Vec<u8>) -> Result<Written, Failure> {
    append(RecordPart::Key, key, Codec::Auto, buf)
        .map_err(|error| Failure::new(FailureKind::Encode, error))
}
