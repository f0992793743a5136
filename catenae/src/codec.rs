//! The typed electron codec: bytes to values and back.
//!
//! | a value that is | is written as |
//! |---|---|
//! | a string | its UTF-8, raw |
//! | bytes: `Bytes`, `Vec<u8>`, `[u8; N]`, `&[u8]`, `Box<[u8]>`, `Cow<[u8]>`, anything that serde calls bytes | as they are |
//! | `None` | a tombstone: no value at all |
//! | `Some(x)`, a newtype of `x` | as `x` |
//! | anything else | CBOR behind the tag `d9 d9 f7`, with the bytes that `ciborium` writes |
//!
//! and read by the bytes first, then by what the type asks for: behind the tag stands CBOR; other
//! bytes are a string's text, or JSON to any other type. Bytes are never looked into. Keys follow
//! the same table.
//!
//! `Vec<u8>`, arrays and slices are bytes as a whole value, in an `Option` and behind a reference.
//! Serde sees a sequence of numbers in them, and so it is one inside of any other type, also in a
//! newtype of your own, and with the codecs `json` and `cbor`; `Bytes` is bytes there, too.

mod cbor;
mod error;
mod raw;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::cbor::CborError;
use self::error::Part;
pub use self::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::electron::{Electron, Origin};
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;

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
    /// JSON always.
    Json,
    /// UTF-8 text only: strings, chars, and bytes that are UTF-8.
    Text,
    /// Raw bytes only: bytes and strings.
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
        let written = append(Part::Value, value, self, &mut bytes)?;
        Ok((written == Written::Bytes).then_some(bytes))
    }

    /// As [`encode`](Self::encode), into a buffer that is used again: appends the bytes and says
    /// whether there are any; without, the value is a tombstone.
    ///
    /// # Errors
    /// The value has a form that this codec does not hold; `buffer` stays as it was.
    #[inline]
    pub fn encode_into<T: Serialize + ?Sized>(
        self,
        value: &T,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, EncodeError> {
        append(Part::Value, value, self, buffer).map(|written| written == Written::Bytes)
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
        take(Part::Value, payload, self, Limits::default())
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

/// What a link may take as its message: any serde type, also borrowed, or an electron of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the message of a link",
    label = "not a type that a link can take",
    note = "a message is any type that implements `serde::Deserialize`: put \
            `#[derive(serde::Deserialize)]` on it, or take `&str`, `String`, `&[u8]` or `Bytes`",
    note = "`Electron<V>` shows the key, the headers and the origin of a `V`; \
            with tombstones it is `Electron<Option<V>>`"
)]
pub trait Message<'r>: Sized {
    /// Decodes the record.
    ///
    /// # Errors
    /// A failure of kind `Decode` that names what was expected and what was found.
    fn from_record(record: &Record<'r>) -> Result<Self, Failure>;
}

#[diagnostic::do_not_recommend]
impl<'r, T: Deserialize<'r>> Message<'r> for T {
    #[inline]
    fn from_record(record: &Record<'r>) -> Result<Self, Failure> {
        take(Part::Value, record.value, record.codec, record.limits).map_err(undecodable)
    }
}

impl<'r, V: Deserialize<'r>, K: Deserialize<'r>> Message<'r> for Electron<V, K> {
    fn from_record(record: &Record<'r>) -> Result<Self, Failure> {
        let key = match record.key {
            None => None,
            key => Some(take(Part::Key, key, Codec::Auto, record.limits).map_err(undecodable)?),
        };
        let headers = record
            .headers
            .headers()
            .map_err(|message| Failure::new(FailureKind::Decode, message))?;
        let origin = Origin {
            stream: record.stream.clone(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
        };
        let value = take(Part::Value, record.value, record.codec, record.limits);
        Ok(Self::received(
            value.map_err(undecodable)?,
            key,
            headers,
            origin,
        ))
    }
}

#[cold]
fn undecodable(error: DecodeError) -> Failure {
    Failure::new(FailureKind::Decode, error)
}

#[inline]
fn take<'de, T: Deserialize<'de>>(
    part: Part,
    payload: Option<&'de [u8]>,
    codec: Codec,
    limits: Limits,
) -> Result<T, DecodeError> {
    let value = match payload {
        Some(bytes) if bytes.len() > limits.payload => Err(DecodeErrorKind::TooLarge {
            limit: limits.payload,
        }),
        _ => read::value(payload, codec),
    };
    value.map_err(|kind| DecodeError::new::<T>(part, payload, kind))
}

/// Appends, and leaves `buf` as it was when that fails.
#[inline]
fn append<T: Serialize + ?Sized>(
    part: Part,
    value: &T,
    codec: Codec,
    buf: &mut Vec<u8>,
) -> Result<Written, EncodeError> {
    let before = buf.len();
    write::value(value, codec, buf).map_err(|kind| {
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
    append(Part::Value, value, codec, buf).map_err(|error| Failure::new(FailureKind::Encode, error))
}

/// Appends the bytes of a key to `buf`: strings and bytes raw, others tagged CBOR. `None` is no
/// key, and nothing is appended.
///
/// # Errors
/// A failure of kind `Encode`; `buf` stays as it was.
#[inline]
pub fn encode_key<T: Serialize + ?Sized>(key: &T, buf: &mut Vec<u8>) -> Result<Written, Failure> {
    append(Part::Key, key, Codec::Auto, buf)
        .map_err(|error| Failure::new(FailureKind::Encode, error))
}
