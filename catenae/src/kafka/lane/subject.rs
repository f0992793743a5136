//! The electron that a lane works on: its bytes, where it was read, and the slot that it settles.

use std::sync::Arc;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message as _, OwnedHeaders};

use crate::codec::{Codec, Limits};
use crate::electron::{Headers, Origin};
use crate::kafka::headers;
use crate::kafka::inbox::Item;
use crate::kafka::partitions::Partition;
use crate::mutant;
use crate::record::{HeaderSource, Record};
use crate::stream::StreamName;
use crate::tracker::Slot;

/// An electron in the hand of a lane.
pub(crate) struct Subject<'s> {
    pub(crate) slot: Slot,
    /// The partition that the slot belongs to, and the assignment with which it came.
    pub(crate) place: &'s Arc<Partition>,
    pub(crate) generation: u32,
    /// Its offset in that partition.
    pub(crate) at: i64,
    /// Where it was read first: the same place, unless it came back from a stream of retries.
    pub(crate) stream: &'s StreamName,
    pub(crate) codec: Codec,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<i64>,
    pub(crate) content: Content<'s>,
}

/// The bytes of an electron.
#[derive(Clone, Copy)]
pub(crate) enum Content<'s> {
    /// In the consumer's fetch buffer.
    Fetched(&'s BorrowedMessage<'s>),
    /// A copy: an electron that waits must not keep a whole fetch buffer.
    Copied(&'s Copied),
}

/// The bytes of an electron, copied.
pub(crate) struct Copied {
    pub(crate) key: Option<Box<[u8]>>,
    pub(crate) value: Option<Box<[u8]>>,
    pub(crate) headers: Option<OwnedHeaders>,
}

impl<'s> Subject<'s> {
    /// What was just taken from an inbox.
    pub(crate) fn fetched(item: &'s Item<'_>, place: &'s Arc<Partition>) -> Self {
        Self {
            slot: item.slot,
            place,
            generation: item.generation,
            at: item.message.offset(),
            stream: &place.stream,
            codec: place.codec,
            partition: place.number,
            offset: item.message.offset(),
            timestamp: item.message.timestamp().to_millis(),
            content: Content::Fetched(&item.message),
        }
    }

    /// It as the link's function takes it.
    pub(crate) fn record(&self) -> Record<'_> {
        Record {
            stream: self.stream,
            codec: self.codec,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.content.key(),
            value: self.content.value(),
            headers: &self.content,
            limits: Limits::default(),
        }
    }

    /// Where it was read.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            stream: self.stream.clone(),
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
        }
    }

    /// Whether its partition is no longer ours, or was given to us anew.
    pub(crate) fn is_stale(&self) -> bool {
        self.place.generation() != self.generation && !mutant::is("no-generation-check")
    }
}

impl<'s> Content<'s> {
    pub(crate) fn key(&self) -> Option<&'s [u8]> {
        match self {
            Self::Fetched(message) => message.key(),
            Self::Copied(copied) => copied.key.as_deref(),
        }
    }

    pub(crate) fn value(&self) -> Option<&'s [u8]> {
        match self {
            Self::Fetched(message) => message.payload(),
            Self::Copied(copied) => copied.value.as_deref(),
        }
    }

    /// The headers as the client has them.
    pub(crate) fn native_headers(&self) -> Option<&'s BorrowedHeaders> {
        match self {
            Self::Fetched(message) => message.headers(),
            Self::Copied(copied) => copied.headers.as_ref().map(OwnedHeaders::as_borrowed),
        }
    }
}

impl HeaderSource for Content<'_> {
    fn headers(&self) -> Result<Headers, String> {
        headers::read(self.native_headers())
    }
}
