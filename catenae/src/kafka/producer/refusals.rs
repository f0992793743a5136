//! The electrons whose outputs Kafka refused, or whose holds failed, until somebody decides what becomes of them.
//!
//! A report comes when the lane has let go of the electron, so it is only noted here, on the thread of
//! the reports. Until it is settled the electron keeps one part of its counter open for each output
//! that was refused, so it is never committed by mistake.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bell::Bell;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::{InFlightCounters, Slot};

/// What is noted.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    noted: Mutex<BTreeMap<u32, Refusal>>,
    any: AtomicBool,
    /// How many are on their way back to a lane.
    returning: AtomicUsize,
    /// Rung when one is noted, and at the end.
    bell: Bell,
    over: AtomicBool,
    /// The slot, counted from one, that a lane looks after itself; 0 is none.
    claimed: AtomicU32,
}

/// An electron of which outputs were refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) what: Certainty,
    /// How many parts of its counter are kept open for them.
    pub(crate) outputs: u32,
}

/// How sure it is.
#[derive(Debug)]
pub(crate) enum Certainty {
    /// An output of it was refused, and would be again.
    Surely(Failure),
    /// An output of it was in a batch that was refused as a whole.
    Perhaps,
}

impl Refusal {
    pub(crate) fn into_sure(self) -> Option<(Failure, u32)> {
        match self.what {
            Certainty::Surely(failure) => Some((failure, self.outputs)),
            // Only noted in transactions.
            Certainty::Perhaps => None,
        }
    }
}

impl Refusals {
    fn noted(&self) -> MutexGuard<'_, BTreeMap<u32, Refusal>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more output was refused; the first reason stays. Its part of the counter stays open.
    pub(super) fn note(&self, slot: Slot, failure: Failure, counters: &InFlightCounters) {
        let mut noted = self.noted();
        counters.refuse(slot);
        self.add(&mut noted, slot, Certainty::Surely(failure))
            .outputs += 1;
        drop(noted);
        self.bell.ring();
    }

    /// The same in a transaction, which is aborted: nothing of it stays open.
    pub(super) fn note_void(&self, slot: Slot, what: Certainty) {
        self.add(&mut self.noted(), slot, what);
    }

    fn add<'n>(
        &self,
        noted: &'n mut BTreeMap<u32, Refusal>,
        slot: Slot,
        what: Certainty,
    ) -> &'n mut Refusal {
        self.any.store(true, Ordering::SeqCst);
        let refusal = noted.entry(slot.index()).or_insert(Refusal {
            what: Certainty::Perhaps,
            outputs: 0,
        });
        if let Certainty::Perhaps = refusal.what {
            refusal.what = what;
        }
        refusal
    }

    /// Whether there may be any: one relaxed look.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// Whether it is still to be decided about one.
    pub(crate) fn is_pending(&self) -> bool {
        // In this order: one that is on its way was noted before.
        self.any.load(Ordering::SeqCst) || self.returning.load(Ordering::SeqCst) > 0
    }

    /// It is decided about one that was [taken](Self::take_complete).
    pub(crate) fn decided(&self) {
        self.returning.fetch_sub(1, Ordering::SeqCst);
    }

    /// One that was [taken](Self::take_complete) goes to no lane any more: it is noted again.
    pub(crate) fn put_back(&self, slot: Slot, failure: Failure, outputs: u32) {
        let mut noted = self.noted();
        self.add(&mut noted, slot, Certainty::Surely(failure))
            .outputs += outputs;
        drop(noted);
        self.decided();
        self.bell.ring();
    }

    /// At the end: waits until none is on its way any more, at most `limit`.
    pub(crate) fn wait_for_returning(&self, limit: Duration) {
        self.bell
            .wait(limit, || self.returning.load(Ordering::SeqCst) == 0);
    }

    /// Waits for one to be noted, at most `limit`. Whether there is one, or this is the end.
    pub(crate) fn wait_for_first(&self, limit: Duration) -> bool {
        let noted = || self.any.load(Ordering::SeqCst);
        self.bell.wait(limit, || noted() || self.is_over())
    }

    /// Waits for `limit`, or for the end.
    pub(crate) fn wait_for_more(&self, limit: Duration) {
        self.bell.wait(limit, || self.is_over());
    }

    /// Nobody takes any from now on.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.bell.ring();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Takes what is noted of an electron in hand; so many parts of its counter are its taker's.
    pub(crate) fn take(&self, slot: Slot, counters: &InFlightCounters) -> Option<(Failure, u32)> {
        if !self.any() {
            return None;
        }
        let mut noted = self.noted();
        let taken = noted.remove(&slot.index())?;
        counters.decide(slot);
        self.any.store(!noted.is_empty(), Ordering::SeqCst);
        taken.into_sure()
    }

    /// Takes what is noted of an electron in hand, where its hold has failed; returns how many parts of its counter
    /// are its taker's.
    pub(crate) fn take_held(&self, slot: Slot, counters: &InFlightCounters) -> Option<u32> {
        let is_held = |refusal: &Refusal| match &refusal.what {
            Certainty::Surely(failure) => failure.kind() == FailureKind::Held,
            Certainty::Perhaps => false,
        };
        if !self.any() || !self.noted().get(&slot.index()).is_some_and(is_held) {
            return None;
        }
        self.take(slot, counters).map(|(_, outputs)| outputs)
    }

    /// Takes everything that is noted.
    pub(crate) fn take_all(&self) -> Vec<(Slot, Refusal)> {
        let mut noted = self.noted();
        self.any.store(false, Ordering::SeqCst);
        let all = std::mem::take(&mut *noted);
        drop(noted);
        all.into_iter()
            .map(|(index, refusal)| (Slot::from_index(index), refusal))
            .collect()
    }

    /// Takes those of which nothing else is open: their function has returned, and everything else that
    /// they sent is delivered. What was given back meanwhile is forgotten.
    pub(crate) fn take_complete(&self, counters: &InFlightCounters) -> Vec<(Slot, Failure, u32)> {
        if !self.any() {
            return Vec::new();
        }
        let claimed = self.claimed.load(Ordering::SeqCst);
        let mut complete = Vec::new();
        let mut noted = self.noted();
        let mut kept = BTreeMap::new();
        for (index, refusal) in std::mem::take(&mut *noted) {
            let slot = Slot::from_index(index);
            if counters.is_abandoned(slot) {
                counters.decide(slot);
                counters.settle(slot, refusal.outputs);
            } else if claimed != index.wrapping_add(1) && counters.is_down_to(slot, refusal.outputs)
            {
                self.returning.fetch_add(1, Ordering::SeqCst);
                let sure = refusal.into_sure();
                complete.extend(sure.map(|(failure, outputs)| (slot, failure, outputs)));
            } else {
                kept.insert(index, refusal);
            }
        }
        *noted = kept;
        self.any.store(!noted.is_empty(), Ordering::SeqCst);
        complete
    }

    /// A lane looks after this electron itself, until [`release_claim`](Self::release_claim).
    pub(crate) fn claim(&self, slot: Slot) {
        self.claimed
            .store(slot.index().wrapping_add(1), Ordering::SeqCst);
    }

    /// The lane is done with the electron that it claimed.
    pub(crate) fn release_claim(&self) {
        self.claimed.store(0, Ordering::SeqCst);
    }

    /// Whether a lane looks after just this one.
    pub(super) fn is_claimed(&self, slot: Slot) -> bool {
        self.claimed.load(Ordering::SeqCst) == slot.index().wrapping_add(1)
    }

    /// Whether an electron that is claimed is only waiting for what becomes of its refused outputs.
    pub(crate) fn is_complete(&self, slot: Slot, counters: &InFlightCounters) -> bool {
        self.any()
            && self
                .noted()
                .get(&slot.index())
                .is_some_and(|refusal| counters.is_down_to(slot, refusal.outputs))
    }
}
