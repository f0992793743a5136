//! Electrons that come back to a lane, because an output of theirs was refused.

use std::sync::Arc;

use crate::assignment::partitions::Partition;
use crate::kafka::client::record::RawHeaders;
use crate::outcome::Failure;
use crate::settle::tracker::Slot;

/// An electron whose output was refused, on its way back to a lane.
pub(crate) struct RereadElectron {
    pub(crate) slot: Slot,
    /// How many parts of its counter are open, one for each of its outputs that were refused.
    pub(crate) outputs: u32,
    pub(crate) place: Arc<Partition>,
    pub(crate) generation: u32,
    /// Its offset in that partition.
    pub(crate) at: i64,
    pub(crate) failure: Failure,
    pub(crate) bytes: RereadBytes,
}

/// What it was.
pub(crate) enum RereadBytes {
    NotRead,
    Read {
        copied: Copied,
        timestamp: Option<i64>,
    },
    /// It cannot be read any more, and why.
    Gone(String),
}

/// The bytes of an electron, copied.
#[derive(Default)]
pub(crate) struct Copied {
    pub(crate) key: Option<Box<[u8]>>,
    pub(crate) value: Option<Box<[u8]>>,
    pub(crate) headers: Option<RawHeaders>,
}
