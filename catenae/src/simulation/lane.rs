//! A model of a lane: its inbox, the electron it has in hand, and a real parking lot.

use std::collections::VecDeque;
use std::time::Duration;

use super::broker::Place;
use crate::lane::retry_queues::{KeyQueueId, RetryQueues};
use crate::settle::tracker::Slot;

/// An electron on its way to a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) slot: Slot,
    pub(super) place: Place,
    /// The assignment it came with.
    pub(super) generation: u32,
}

/// An electron in hand, or parked.
#[derive(Clone, Copy, Debug)]
pub(super) struct InHand {
    pub(super) item: Item,
    /// Attempts that failed.
    pub(super) failed: u32,
    /// When the next attempt is due, while the lane waits for it.
    pub(super) due: Option<Duration>,
    /// The line it was taken from.
    pub(super) line: Option<KeyQueueId>,
}

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// By input stream.
    pub(super) inbox: Vec<VecDeque<Item>>,
    pub(super) hand: Option<InHand>,
    pub(super) lot: RetryQueues<InHand>,
}

impl Lane {
    pub(super) fn new(inputs: usize) -> Self {
        Self {
            inbox: vec![VecDeque::new(); inputs],
            hand: None,
            lot: RetryQueues::new(),
        }
    }

    /// When something of it is due next that waits for its time.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let in_hand = self.hand.and_then(|hand| hand.due);
        in_hand.into_iter().chain(self.lot.next_due()).min()
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.hand.is_none() && self.lot.is_empty() && self.inbox.iter().all(VecDeque::is_empty)
    }
}
