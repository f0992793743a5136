//! Whose the sends of a context are: those of the electron in hand, of a method, or nobody's.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::outcome::Failure;
use crate::settle::tracker::Slot;

/// Whose the sends of a context are.
pub(super) enum SendScope {
    /// Those of the electron that its lane has in hand.
    Lane(Arc<InHand>),
    /// Those of a method that runs beside the lanes, and fails with them. They belong to no electron.
    Method(Arc<InHand>),
    /// Nobody's: those of a clone.
    Clone,
}

impl SendScope {
    /// The same once more.
    pub(super) fn same(&self) -> Self {
        match self {
            Self::Lane(in_hand) => Self::Lane(Arc::clone(in_hand)),
            Self::Method(failed) => Self::Method(Arc::clone(failed)),
            Self::Clone => Self::Clone,
        }
    }
}

/// The electron that a lane has in hand.
#[derive(Debug)]
pub(crate) struct InHand {
    slot: AtomicU32,
    /// Which attempt at it this is, counted from one. Written only when it is not the first.
    attempt: AtomicU32,
    /// Whether there is a `failure`: asked after every electron.
    failed: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

/// No electron: the lane is between two, or it is a source's.
const NONE: u32 = u32::MAX;

impl InHand {
    pub(crate) fn new() -> Self {
        Self {
            slot: AtomicU32::new(NONE),
            attempt: AtomicU32::new(1),
            failed: AtomicBool::new(false),
            failure: Mutex::default(),
        }
    }

    pub(crate) fn set(&self, slot: Option<Slot>) {
        self.slot
            .store(slot.map_or(NONE, Slot::index), Ordering::Relaxed);
    }

    /// Says which attempt comes next, counted from one.
    pub(crate) fn set_attempt(&self, attempt: u32) {
        self.attempt.store(attempt, Ordering::Relaxed);
    }

    pub(super) fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::Relaxed)
    }

    pub(super) fn get(&self) -> Option<Slot> {
        let index = self.slot.load(Ordering::Relaxed);
        (index != NONE).then(|| Slot::from_index(index))
    }

    /// The first failed `Context::send` of the electron in hand: it fails with it, even when the
    /// function did not look at the result.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        self.failed.store(false, Ordering::Release);
        failure.take()
    }

    /// Keeps the first of the failed sends.
    pub(super) fn fail(&self, failure: Failure) {
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(failure);
        self.failed.store(true, Ordering::Release);
    }
}
