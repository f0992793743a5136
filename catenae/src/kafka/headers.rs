//! The headers of an electron, to and from Kafka.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use rdkafka::message::{
    BorrowedHeaders, BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders,
};

use crate::electron::Headers;
use crate::record::HeaderSource;

/// The headers as the producer takes them.
pub(super) fn to_kafka(headers: &Headers) -> OwnedHeaders {
    let owned = OwnedHeaders::new_with_capacity(headers.len());
    headers.iter().fold(owned, |owned, (key, value)| {
        owned.insert(Header { key, value })
    })
}

/// How many bytes names and values have together.
pub(super) fn size<'h>(headers: impl Iterator<Item = (&'h str, Option<&'h [u8]>)>) -> usize {
    headers
        .map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len))
        .sum()
}

/// The headers of a message, read when somebody asks.
pub(super) struct MessageHeaders<'m, 'c>(pub(super) &'m BorrowedMessage<'c>);

impl MessageHeaders<'_, '_> {
    /// How many bytes they have; none when they cannot be read.
    pub(super) fn size(&self) -> usize {
        let of = |headers: &Headers| size(headers.iter());
        self.headers().as_ref().map_or(0, of)
    }
}

impl HeaderSource for MessageHeaders<'_, '_> {
    fn headers(&self) -> Result<Headers, String> {
        read(self.0.headers())
    }
}

/// The client's headers as ours.
pub(super) fn read(headers: Option<&BorrowedHeaders>) -> Result<Headers, String> {
    let Some(headers) = headers else {
        return Ok(Headers::default());
    };
    // The client panics on a header name that is not UTF-8.
    catch_unwind(AssertUnwindSafe(|| {
        let mut read = Headers::default();
        for header in headers.iter() {
            read.push(header.key, header.value.map(Bytes::copy_from_slice));
        }
        read
    }))
    .map_err(|_| "the name of a header is not UTF-8".to_owned())
}
