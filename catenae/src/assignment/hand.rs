//! What a lane has in hand, published for the watch: a few relaxed stores per electron, no clock.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::liveness::Doing;
use crate::settle::tracker::PartitionId;

/// No electron: the lane is between two, or waits for some.
const NOTHING: u32 = u32::MAX;
/// No time: the electron in hand waits for no retry.
const NOT_RETRYING: u64 = u64::MAX;

/// The electron in hand of one lane. Only the lane writes, so its stores need no order among each
/// other: a look that meets a change sees another turn at the next look. On cache lines of its own,
/// since the lane writes for every electron.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct InHandCell {
    /// Counts what was taken in hand: while it stays, it is the same electron.
    turn: AtomicU64,
    partition: AtomicU32,
    offset: AtomicI64,
    committing: AtomicU32,
    /// In milliseconds since `epoch`.
    retry: AtomicU64,
    /// The same, for the first of those that wait beside the lane.
    next_retry: AtomicU64,
    epoch: Instant,
}

/// What one look finds in a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InHandSeen {
    pub(crate) turn: u64,
    pub(crate) partition: PartitionId,
    pub(crate) offset: i64,
    pub(crate) doing: Doing,
}

impl InHandCell {
    /// An empty hand; times count from `epoch`.
    pub(crate) fn new(epoch: Instant) -> Self {
        Self {
            turn: AtomicU64::new(0),
            partition: AtomicU32::new(NOTHING),
            offset: AtomicI64::new(0),
            committing: AtomicU32::new(0),
            retry: AtomicU64::new(NOT_RETRYING),
            next_retry: AtomicU64::new(NOT_RETRYING),
            epoch,
        }
    }

    /// The lane takes an electron in hand.
    pub(crate) fn take(&self, partition: PartitionId, offset: i64) {
        let turn = self.turn.load(Ordering::Relaxed);
        self.offset.store(offset, Ordering::Relaxed);
        self.partition.store(partition.0, Ordering::Relaxed);
        self.turn.store(turn.wrapping_add(1), Ordering::Relaxed);
    }

    /// The lane has nothing more in hand for now.
    pub(crate) fn rest(&self) {
        self.partition.store(NOTHING, Ordering::Relaxed);
    }

    /// What `run` does is the commit of the electron in hand.
    pub(crate) fn committing<T>(&self, run: impl FnOnce() -> T) -> T {
        self.committing.store(1, Ordering::Relaxed);
        let done = run();
        self.committing.store(0, Ordering::Relaxed);
        done
    }

    /// What `run` does is to wait for the next attempt at the electron in hand, in `pause`.
    pub(crate) fn retrying<T>(&self, pause: Duration, run: impl FnOnce() -> T) -> T {
        let due = (self.epoch.elapsed() + pause).as_millis();
        let due = u64::try_from(due).unwrap_or(NOT_RETRYING);
        self.retry.store(due, Ordering::Relaxed);
        let done = run();
        self.retry.store(NOT_RETRYING, Ordering::Relaxed);
        done
    }

    /// Electrons wait beside the lane, the first of them until then; or none does.
    pub(crate) fn set_next_retry(&self, due: Option<Instant>) {
        let due = due.map(|due| due.saturating_duration_since(self.epoch).as_millis());
        let due = due.and_then(|due| u64::try_from(due).ok());
        self.next_retry
            .store(due.unwrap_or(NOT_RETRYING), Ordering::Relaxed);
    }

    /// When the first of the electrons beside the lane is due, if there are any.
    pub(crate) fn next_retry(&self) -> Option<Duration> {
        let due = self.next_retry.load(Ordering::Relaxed);
        (due != NOT_RETRYING).then(|| Duration::from_millis(due))
    }

    /// How often it took something in hand.
    pub(crate) fn turns(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// What the lane has in hand now.
    pub(crate) fn look(&self) -> Option<InHandSeen> {
        let turn = self.turn.load(Ordering::Relaxed);
        let partition = self.partition.load(Ordering::Relaxed);
        let doing = match self.retry.load(Ordering::Relaxed) {
            NOT_RETRYING if self.committing.load(Ordering::Relaxed) == 0 => Doing::Handling,
            NOT_RETRYING => Doing::Committing,
            due => Doing::Retrying(Duration::from_millis(due)),
        };
        let offset = self.offset.load(Ordering::Relaxed);
        (partition != NOTHING).then_some(InHandSeen {
            turn,
            partition: PartitionId(partition),
            offset,
            doing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_sees_what_is_in_hand_and_what_is_done_with_it() {
        let hand = InHandCell::new(Instant::now());
        assert_eq!(hand.look(), None);
        hand.take(PartitionId(2), 17);
        let held = hand.look().expect("in hand");
        assert_eq!((held.partition, held.offset), (PartitionId(2), 17));
        assert_eq!(held.doing, Doing::Handling);
        let doing = |hand: &InHandCell| hand.look().expect("in hand").doing;
        let committing = hand.committing(|| doing(&hand));
        assert_eq!(committing, Doing::Committing);
        let retrying = hand.retrying(Duration::from_secs(60), || doing(&hand));
        assert!(matches!(retrying, Doing::Retrying(due) if due >= Duration::from_secs(60)));
        assert_eq!(doing(&hand), Doing::Handling);
        hand.take(PartitionId(2), 17);
        assert_ne!(hand.look().expect("in hand").turn, held.turn, "taken again");
        hand.rest();
        assert_eq!(hand.look(), None);
    }
}
