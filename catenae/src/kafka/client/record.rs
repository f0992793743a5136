//! What other rooms see of a message of the client: a record, and headers byte for byte.

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Header, Message as _, OwnedHeaders};

use super::headers;
use super::queues::TakenMessage;
use crate::electron::Headers;

/// A record as a client fetched it; its bytes lie in the memory of that client.
pub(crate) struct FetchedRecord<'c>(Fetched<'c>);

/// How it was fetched.
enum Fetched<'c> {
    /// As an event of its own.
    Polled(BorrowedMessage<'c>),
    /// With others, from a queue.
    Taken(TakenMessage<'c>),
}

impl<'c> FetchedRecord<'c> {
    pub(in crate::kafka) fn polled(message: BorrowedMessage<'c>) -> Self {
        Self(Fetched::Polled(message))
    }

    pub(in crate::kafka) fn taken(message: TakenMessage<'c>) -> Self {
        Self(Fetched::Taken(message))
    }

    /// The stream it was read from.
    pub(crate) fn stream(&self) -> &str {
        match &self.0 {
            Fetched::Polled(message) => message.topic(),
            Fetched::Taken(message) => message.topic(),
        }
    }

    /// The partition.
    pub(crate) fn partition(&self) -> i32 {
        match &self.0 {
            Fetched::Polled(message) => message.partition(),
            Fetched::Taken(message) => message.partition(),
        }
    }

    /// The position in the partition.
    pub(crate) fn offset(&self) -> i64 {
        match &self.0 {
            Fetched::Polled(message) => message.offset(),
            Fetched::Taken(message) => message.offset(),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn timestamp(&self) -> Option<i64> {
        match &self.0 {
            Fetched::Polled(message) => message.timestamp().to_millis(),
            Fetched::Taken(message) => message.timestamp(),
        }
    }

    /// The key's bytes.
    pub(crate) fn key(&self) -> Option<&[u8]> {
        match &self.0 {
            Fetched::Polled(message) => message.key(),
            Fetched::Taken(message) => message.key(),
        }
    }

    /// The value's bytes; `None` is a tombstone.
    pub(crate) fn value(&self) -> Option<&[u8]> {
        match &self.0 {
            Fetched::Polled(message) => message.payload(),
            Fetched::Taken(message) => message.value(),
        }
    }

    /// The headers.
    pub(crate) fn headers(&self) -> Option<HeadersRef<'_>> {
        let headers = match &self.0 {
            Fetched::Polled(message) => message.headers(),
            Fetched::Taken(message) => message.headers(),
        };
        headers.map(HeadersRef)
    }
}

/// Headers in the memory of the client: names need not be UTF-8.
#[derive(Clone, Copy)]
pub(crate) struct HeadersRef<'h>(pub(in crate::kafka) &'h BorrowedHeaders);

impl<'h> HeadersRef<'h> {
    /// How many bytes names and values have together.
    pub(crate) fn size(self) -> usize {
        headers::native_size(self.0)
    }

    /// The value of the last header of that name; `None` for a null as well.
    pub(crate) fn last(self, name: &str) -> Option<&'h [u8]> {
        headers::last(self.0, name)
    }

    /// As ours.
    ///
    /// # Errors
    /// A name is not UTF-8.
    pub(crate) fn read(self) -> Result<Headers, String> {
        headers::read(Some(self.0))
    }

    /// A copy of them.
    pub(crate) fn detach(self) -> RawHeaders {
        RawHeaders(self.0.detach())
    }
}

/// A copy of a client's headers, byte for byte.
#[derive(Default)]
pub(crate) struct RawHeaders(pub(in crate::kafka) OwnedHeaders);

impl RawHeaders {
    /// The same, borrowed.
    pub(crate) fn borrowed(&self) -> HeadersRef<'_> {
        HeadersRef(self.0.as_borrowed())
    }

    /// With one more behind those that are there.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.insert(Header {
            key: name,
            value: Some(value),
        }))
    }
}
