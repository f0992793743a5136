//! What a link may take: any type that can be decoded, or an electron of one.

pub(crate) mod fits;

use serde::Deserialize;

use crate::codec;
use crate::electron::{Electron, Origin};
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;

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
        codec::decode_value(record.value, record.codec, record.limits)
    }
}

impl<'r, V: Deserialize<'r>, K: Deserialize<'r>> Message<'r> for Electron<V, K> {
    fn from_record(record: &Record<'r>) -> Result<Self, Failure> {
        let key = match record.key {
            None => None,
            Some(key) => Some(codec::decode_key(key, record.limits)?),
        };
        let headers = record
            .headers
            .headers()
            .map_err(|message| Failure::new(FailureKind::Decode, message))?;
        let origin = Origin {
            stream: record.stream.clone(),
            input: record.input,
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
        };
        let value = codec::decode_value(record.value, record.codec, record.limits)?;
        Ok(Self::received(value, key, headers, origin))
    }
}
