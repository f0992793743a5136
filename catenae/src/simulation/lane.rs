//! A model of a lane: its inbox, and the electron it has in hand.

use std::collections::VecDeque;

use super::broker::Place;
use crate::tracker::Slot;

/// An electron on its way to a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) slot: Slot,
    pub(super) place: Place,
    /// The assignment it came with.
    pub(super) generation: u32,
}

/// An electron in hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct InHand {
    pub(super) item: Item,
    /// Attempts that failed.
    pub(super) failed: u32,
    /// When the next attempt is due, while the lane waits for it.
    pub(super) due: Option<u64>,
}

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// By input stream.
    pub(super) inbox: Vec<VecDeque<Item>>,
    pub(super) hand: Option<InHand>,
}

impl Lane {
    pub(super) fn new(inputs: usize) -> Self {
        Self {
            inbox: vec![VecDeque::new(); inputs],
            hand: None,
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.hand.is_some_and(|hand| hand.due.is_some())
    }
}
