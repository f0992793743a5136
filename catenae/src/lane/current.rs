//! The electron that a lane works on: its bytes, where it was read, and the slot that it settles.

use std::sync::Arc;

use crate::assignment::inbox::InboxRecord;
use crate::assignment::partitions::Partition;
use crate::assignment::returned::Copied;
use crate::codec::{Codec, Limits};
use crate::electron::{Headers, Origin};
use crate::kafka::client::record::{FetchedRecord, HeadersRef, RawHeaders};
use crate::mutant;
use crate::record::{HeaderSource, Record};
use crate::settle::tracker::Slot;
use crate::stream::StreamName;

/// An electron in the hand of a lane.
pub(crate) struct CurrentElectron<'s> {
    pub(crate) slot: Slot,
    /// The partition that the slot belongs to, and the assignment with which it came.
    pub(crate) place: &'s Arc<Partition>,
    pub(crate) generation: u32,
    /// Its offset in that partition.
    pub(crate) at: i64,
    /// Where it was read first: the same place, unless it came back from a stream of retries.
    pub(crate) stream: &'s StreamName,
    /// Which of the link's inputs that is.
    pub(crate) input: Option<usize>,
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
    Fetched(&'s FetchedRecord<'s>),
    /// A copy: an electron that waits must not keep a whole fetch buffer.
    Copied(&'s Copied),
}

impl<'s> CurrentElectron<'s> {
    /// What was just taken from an inbox.
    pub(crate) fn fetched(item: &'s InboxRecord<'_>, place: &'s Arc<Partition>) -> Self {
        Self {
            slot: item.slot,
            place,
            generation: item.generation,
            at: item.record.offset(),
            stream: &place.stream,
            input: place.input,
            codec: place.codec,
            partition: place.number,
            offset: item.record.offset(),
            timestamp: item.record.timestamp(),
            content: Content::Fetched(&item.record),
        }
    }

    /// It as the link's function takes it.
    pub(crate) fn record(&self) -> Record<'_> {
        Record {
            stream: self.stream,
            input: self.input,
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
            input: self.input,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
        }
    }

    /// Whether its partition is no longer ours, or was given to us again.
    pub(crate) fn is_stale(&self) -> bool {
        self.place.generation() != self.generation && !mutant::is("no-generation-check")
    }
}

impl<'s> Content<'s> {
    pub(crate) fn key(&self) -> Option<&'s [u8]> {
        match self {
            Self::Fetched(record) => record.key(),
            Self::Copied(copied) => copied.key.as_deref(),
        }
    }

    pub(crate) fn value(&self) -> Option<&'s [u8]> {
        match self {
            Self::Fetched(record) => record.value(),
            Self::Copied(copied) => copied.value.as_deref(),
        }
    }

    /// The headers as the client has them.
    pub(crate) fn headers(&self) -> Option<HeadersRef<'s>> {
        match self {
            Self::Fetched(record) => record.headers(),
            Self::Copied(copied) => copied.headers.as_ref().map(RawHeaders::borrowed),
        }
    }
}

impl HeaderSource for Content<'_> {
    fn headers(&self) -> Result<Headers, String> {
        match Content::headers(self) {
            Some(headers) => headers.read(),
            None => Ok(Headers::default()),
        }
    }
}
