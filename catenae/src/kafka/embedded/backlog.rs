//! The backlog gauge: holds senders back before the embedded broker would drop what is unread.
//!
//! A partition of the embedded broker keeps 5 MiB or 100,000 batches, then drops the oldest. All
//! links of the process share one gauge: a sender reserves room before it sends, a reader tells
//! what its group has settled. A stream's whole backlog stays below what one partition keeps, so it
//! does not matter which partitions the electrons go to.
//!
//! It knows this process only. What other processes send to the embedded broker is not held back;
//! if they overrun it, the reader gets an error for the vanished offset.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::kafka::embedded::backlog::state::BacklogState;

/// What a stream may hold unread, in bytes: 5 MiB less the largest batch (1 MB), of which the
/// oldest unread electron may be the last.
const BOUND: u64 = 4 << 20;

/// How often a held-back sender asks whether it shall stop.
const STOP_CHECK: Duration = Duration::from_millis(100);

/// How long a sender waits before it says so.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a wait for room ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Reservation {
    /// There is room, and it is taken.
    Granted,
    /// The sender was asked to stop before there was room.
    Stopped,
}

/// The unread backlog of every stream of this process; shared by `Arc`.
#[derive(Debug)]
pub(crate) struct Backlog {
    ledger: Mutex<BacklogState>,
    settled: Condvar,
}

impl Backlog {
    /// A gauge for an embedded broker that has just started.
    pub(crate) fn new() -> Self {
        Self::with_bound(BOUND)
    }

    fn with_bound(bound: u64) -> Self {
        Self {
            ledger: Mutex::new(BacklogState::new(bound)),
            settled: Condvar::new(),
        }
    }

    /// Says that `group` reads `stream` from its beginning; to be called before the group joins.
    /// Once per group: the second and later instances of a link change nothing.
    pub(crate) fn register_reader(&self, stream: &str, group: &str) {
        self.ledger().register_reader(stream, group);
    }

    /// Says that `group` reads no more of `stream`: nobody waits for it.
    pub(crate) fn forget_reader(&self, stream: &str, group: &str) {
        self.ledger().forget_reader(stream, group);
        self.settled.notify_all();
    }

    /// Waits until `stream` has room for one electron of `bytes` (key, value and headers), and
    /// takes it. A stream that nobody reads always has room, and so has an empty one, whatever the
    /// size. `stop` is asked from time to time while waiting.
    pub(crate) fn reserve(
        &self,
        stream: &str,
        bytes: usize,
        stop: &dyn Fn() -> bool,
    ) -> Reservation {
        let mut ledger = self.ledger();
        if ledger.try_send(stream, bytes) {
            return Reservation::Granted;
        }
        let start = Instant::now();
        let mut said = false;
        loop {
            if stop() {
                return Reservation::Stopped;
            }
            ledger = self
                .settled
                .wait_timeout(ledger, STOP_CHECK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if ledger.try_send(stream, bytes) {
                return Reservation::Granted;
            }
            if !said && start.elapsed() >= PATIENCE {
                said = true;
                let group = ledger.slowest_reader(stream).unwrap_or_default();
                tracing::warn!(
                    stream,
                    group,
                    "sending has been held back for {} s: the embedded broker can hold no more \
                     until group `{group}` reads on from stream `{stream}`; a Kafka cluster \
                     (`-k host:port`) has no such limit",
                    PATIENCE.as_secs()
                );
            }
        }
    }

    /// Says that `group` has settled `messages` electrons of together `bytes`. Their offsets are
    /// committed a moment later; what a lost assignment makes the group read again until then is
    /// covered by the slack above the bound, and is a loud error past it.
    pub(crate) fn settled(&self, stream: &str, group: &str, messages: u64, bytes: u64) {
        self.ledger().settle(stream, group, messages, bytes);
        self.settled.notify_all();
    }

    /// The books balance after each call, so a panic elsewhere does not spoil them.
    fn ledger(&self) -> MutexGuard<'_, BacklogState> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

mod state;
#[cfg(test)]
mod tests;
