//! The typed electron codec: bytes to values and back.

use crate::outcome::Failure;
use crate::record::Record;
use serde::{Deserialize, Serialize};

/// How values of a stream are written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Codec {
    /// Strings and bytes raw, anything else tagged CBOR; reading goes by the bytes.
    #[default]
    Auto,
    /// Tagged CBOR always.
    Cbor,
    /// JSON always.
    Json,
    /// UTF-8 text only.
    Text,
    /// Raw bytes only.
    Bytes,
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
pub trait Message<'r>: Sized {
    /// Decodes the record.
    ///
    /// # Errors
    /// A failure of kind `Decode` that names what was expected and what was found.
    fn from_record(record: &Record<'r>) -> Result<Self, Failure>;
}

impl<'r, T: Deserialize<'r>> Message<'r> for T {
    fn from_record(_record: &Record<'r>) -> Result<Self, Failure> {
        todo!("the codec room")
    }
}

/// Appends the bytes of `value` to `buf`.
///
/// # Errors
/// A failure of kind `Encode`.
pub fn encode_value<T: Serialize + ?Sized>(
    _value: &T,
    _codec: Codec,
    _buf: &mut Vec<u8>,
) -> Result<Written, Failure> {
    todo!("the codec room")
}

/// Appends the bytes of a key to `buf`: strings and bytes raw, others tagged CBOR.
///
/// # Errors
/// A failure of kind `Encode`.
pub fn encode_key<T: Serialize + ?Sized>(_key: &T, _buf: &mut Vec<u8>) -> Result<(), Failure> {
    todo!("the codec room")
}
