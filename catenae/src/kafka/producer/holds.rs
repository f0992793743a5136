//! Electrons that are kept open for something other than an output.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::Outbox;
use crate::outcome::Failure;
use crate::settle::tracker::{InFlightCounters, Slot};
use crate::shutdown::InstanceHandle;
use crate::spec::delivery::DeliveryMode;

/// The holds of one micromodule.
pub(crate) struct Holds {
    outbox: Arc<Outbox>,
    counters: Arc<InFlightCounters>,
    instance: Arc<InstanceHandle>,
    delivery: DeliveryMode,
    open: AtomicUsize,
}

impl Holds {
    /// None yet.
    pub(crate) fn new(
        outbox: &Arc<Outbox>,
        counters: &Arc<InFlightCounters>,
        instance: &Arc<InstanceHandle>,
        delivery: DeliveryMode,
    ) -> Arc<Self> {
        Arc::new(Self {
            outbox: Arc::clone(outbox),
            counters: Arc::clone(counters),
            instance: Arc::clone(instance),
            delivery,
            open: AtomicUsize::new(0),
        })
    }

    /// Keeps an electron in hand open, as an output that is under way does. Not with transactions: their commit would
    /// have to wait for what may itself wait for the next electron.
    pub(crate) fn begin(&self, slot: Slot) -> bool {
        if self.delivery.has_transactions() {
            return false;
        }
        self.counters.add_output(slot);
        self.open.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// What an electron was held for is done; or it has failed, and what becomes of the electron is decided as for an
    /// output that was refused.
    pub(crate) fn let_go(&self, slot: Slot, result: Result<(), Failure>) {
        match result {
            Ok(()) => {
                self.counters.settle_one(slot);
            }
            Err(failure) => self.outbox.refusals().note(slot, failure, &self.counters),
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.instance.bell().ring_after_exchange();
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Waits until none is open, at most `limit`; returns how many are.
    pub(crate) fn wait_until_none(&self, limit: Duration) -> usize {
        self.instance.bell().wait(limit, || self.open() == 0);
        self.open()
    }
}
