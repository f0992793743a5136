//! One incoming record as the rooms without Kafka see it: borrowed bytes and a position.

use crate::codec::{Codec, Limits};
use crate::electron::Headers;
use crate::stream::StreamName;

/// Reads the headers of a record, only when somebody asks for them.
pub trait HeaderSource {
    /// The headers in order, or why they cannot be read.
    ///
    /// # Errors
    /// Says what is wrong, for example a header name that is not UTF-8.
    fn headers(&self) -> Result<Headers, String>;
}

/// An incoming record: where it was read, and its bytes, borrowed from the fetch buffer.
#[derive(Clone, Copy)]
pub struct Record<'r> {
    /// The stream it was read from.
    pub stream: &'r StreamName,
    /// Which of the link's inputs that is; `None` for one that was added while it runs.
    pub input: Option<usize>,
    /// How values of that stream are written.
    pub codec: Codec,
    /// The partition.
    pub partition: i32,
    /// The position in the partition.
    pub offset: i64,
    /// Milliseconds since the Unix epoch.
    pub timestamp: Option<i64>,
    /// The key's bytes.
    pub key: Option<&'r [u8]>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<&'r [u8]>,
    /// The headers, read on demand.
    pub headers: &'r dyn HeaderSource,
    /// What decoding it may cost.
    pub limits: Limits,
}
