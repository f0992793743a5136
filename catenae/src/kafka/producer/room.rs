//! How much may be under way to Kafka at once: waiting for room, and what a send takes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::reports::{ProducerShared, Settles};
use super::stopping;
use crate::context::Receipt;
use crate::liveness::{ReportPatience, WaitsFor};
use crate::outcome::Failure;
use crate::settle::tracker::Slot;

/// How much may be under way before the lanes wait. Well below the client's own limits, so that its
/// "queue full" never occurs and the memory stays small.
const MAX_ELECTRONS: usize = 50_000;
const MAX_BYTES: usize = 16 << 20;

/// What is under way: how many electrons, and how many bytes they have. One number, since lanes and reports change it
/// for every electron.
#[derive(Debug, Default)]
pub(super) struct UnderWay(AtomicU64);

/// Where the electrons begin: the bytes below that are bounded by [`MAX_BYTES`] and the largest electrons.
const ELECTRON: u64 = 1 << 40;

impl UnderWay {
    /// One electron more.
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(ELECTRON + bytes as u64, Ordering::Relaxed);
    }

    /// One electron less. Sequentially consistent, as the bell asks of changes that are waited for.
    pub(super) fn remove(&self, bytes: usize) {
        self.0.fetch_sub(ELECTRON + bytes as u64, Ordering::SeqCst);
    }

    /// An electron has another size than it was added with.
    pub(super) fn resize(&self, before: usize, now: usize) {
        self.0.fetch_add(now as u64, Ordering::SeqCst);
        self.0.fetch_sub(before as u64, Ordering::SeqCst);
    }

    pub(super) fn electrons(&self) -> usize {
        usize::try_from(self.0.load(Ordering::Acquire) / ELECTRON).unwrap_or(usize::MAX)
    }

    fn is_below(&self, electrons: usize, bytes: usize) -> bool {
        let now = self.0.load(Ordering::Acquire);
        now / ELECTRON < electrons as u64 && now % ELECTRON < bytes as u64
    }
}

impl ProducerShared {
    /// Waits until there is room for one more; a `patience` is how long before it says so, where nobody else does.
    pub(super) fn wait_for_room(&self, patience: Option<Duration>) -> Result<(), Failure> {
        if self.has_room() {
            return Ok(());
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let go_on = || self.has_drained() || self.given_up.load(Ordering::Relaxed);
        match patience {
            // The watch tells what a partition waits for.
            None => while !self.room.wait(Duration::from_secs(60), go_on) {},
            Some(limit) => self.wait_and_tell(limit, go_on),
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        // Other lanes may have filled it again meanwhile; the bound need not be exact.
        if self.given_up.load(Ordering::Relaxed) && !self.has_room() {
            return Err(stopping());
        }
        Ok(())
    }

    /// A send whose result is awaited: its report finds the receipt by this.
    pub(super) fn open_receipt(&self, slot: Option<Slot>, receipt: &Arc<Receipt>) -> Settles {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        // 30 bits fit beside the tag also where `usize` has 32.
        let key = receipts.next & 0x3fff_ffff;
        receipts.next = receipts.next.wrapping_add(1);
        receipts.open.insert(key, (slot, Arc::clone(receipt)));
        Settles::Receipt(key)
    }

    /// The producer did not take it: there will be no report. What was counted for it is taken back; its part of the slot
    /// is closed by `Outbox::unsent`, and the error that the sender gets fails the input.
    pub(super) fn withdraw(&self, settles: Settles, size: usize) {
        if let Settles::Receipt(key) = settles {
            let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
            receipts.open.remove(&key);
        }
        self.sent.remove(size);
    }

    /// Waits until `go_on` holds; says so after `limit`, at doubling times, and at the end.
    pub(super) fn wait_and_tell(&self, limit: Duration, go_on: impl Fn() -> bool) {
        let began = Instant::now();
        let mut patience = ReportPatience::new(limit);
        while !self.room.wait(patience.left(began.elapsed()), &go_on) {
            if patience.is_over(began.elapsed()) {
                let outputs = self.sent.electrons() as u64;
                tracing::warn!(
                    "the source has been stalled for {} s and waits for {}",
                    began.elapsed().as_secs(),
                    WaitsFor::Delivery { outputs }
                );
            }
        }
        if patience.was_over() {
            tracing::info!("the source goes on after {} s", began.elapsed().as_secs());
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.sent.is_below(MAX_ELECTRONS, MAX_BYTES)
    }

    /// Whether there is room enough to go on after a wait: waking a lane for one electron costs
    /// more than the electron.
    pub(super) fn has_drained(&self) -> bool {
        self.sent.is_below(MAX_ELECTRONS / 4 * 3, MAX_BYTES / 4 * 3)
    }
}
