//! What was refused in a transaction that was aborted: known by its place when it is read again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::assignment::partitions::Partition;
use crate::kafka::consumer::intake::{Assigned, Intake};
use crate::kafka::producer::{Certainty, Outbox};
use crate::outcome::Failure;
use crate::settle::tracker::{PartitionId, Slot};

/// The places of electrons of which Kafka refused an output.
#[derive(Debug, Default)]
pub(super) struct KnownRefusals {
    places: Mutex<BTreeMap<(PartitionId, i64), KnownRefusal>>,
    any: AtomicBool,
}

/// What is known of an electron of which Kafka refused an output.
#[derive(Debug, Default)]
pub(crate) struct KnownRefusal {
    /// It was refused for what it is.
    pub(crate) failure: Option<Failure>,
    /// Something of it was refused with its batch: it gets a transaction of its own.
    pub(crate) alone: bool,
}

impl KnownRefusals {
    fn places(&self) -> MutexGuard<'_, BTreeMap<(PartitionId, i64), KnownRefusal>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes down where the electrons were read of which outputs were refused: before they are forgotten.
    pub(super) fn learn(&self, outbox: &Outbox, assigned: &Assigned) {
        let refused = outbox.refusals().take_all();
        let slots: Vec<Slot> = refused.iter().map(|(slot, _)| *slot).collect();
        let found = assigned.places(&slots);
        let mut places = self.places();
        for (slot, refusal) in refused {
            if let Some((partition, at)) = found.get(&slot) {
                let known = places.entry((partition.id, *at)).or_default();
                match refusal.what {
                    Certainty::Surely(failure) => known.failure = Some(failure),
                    Certainty::Perhaps => known.alone = true,
                }
            }
        }
        self.any.store(!places.is_empty(), Ordering::SeqCst);
    }

    /// What is behind a commit needs no memory.
    pub(super) fn forget_committed(&self, partition: &Partition, next: i64) {
        if self.any.load(Ordering::SeqCst) {
            self.retain(|id, at| id != partition.id || at >= next);
        }
    }

    fn forget(&self, partitions: &[Arc<Partition>]) {
        if self.any.load(Ordering::SeqCst) {
            let are_left = |id| !partitions.iter().any(|partition| partition.id == id);
            self.retain(|id, _| are_left(id));
        }
    }

    fn get(&self, partition: PartitionId, at: i64) -> Option<KnownRefusal> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let places = self.places();
        let KnownRefusal { failure, alone } = places.get(&(partition, at))?;
        Some(KnownRefusal {
            failure: failure.as_ref().map(Failure::restate),
            alone: *alone,
        })
    }

    /// Keeps those for which `keep` holds.
    fn retain(&self, keep: impl Fn(PartitionId, i64) -> bool) {
        let mut places = self.places();
        places.retain(|(partition, at), _| keep(*partition, *at));
        self.any.store(!places.is_empty(), Ordering::SeqCst);
    }
}

impl Intake {
    /// Partitions that are given back, or begin again on another stream: their places say nothing any more.
    pub(in crate::kafka) fn forget_refused(&self, partitions: &[Arc<Partition>]) {
        if let Some(all) = self.transactions() {
            all.known.forget(partitions);
        }
    }

    /// What is known of an electron that is read again, if an output of it was refused.
    pub(crate) fn known_refusal(&self, partition: PartitionId, at: i64) -> Option<KnownRefusal> {
        self.transactions()?.known.get(partition, at)
    }
}
