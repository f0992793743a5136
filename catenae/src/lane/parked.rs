//! Electrons that wait beside the lane: parked behind a key that failed, or delayed until they are due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{After, CurrentElectron, Lane};
use crate::assignment::partitions::Partition;
use crate::assignment::returned::Copied;
use crate::codec::Codec;
use crate::kafka::client::record::HeadersRef;
use crate::lane::current::Content;
use crate::mutant;
use crate::outcome::RetryWait;
use crate::settle::tracker::Slot;
use crate::stream::StreamName;

/// So many electrons that are due are tried before the lane looks at its inbox again.
const DUE_AT_ONCE: usize = 64;

/// An electron that waits, with everything its next attempt needs.
pub(super) struct ParkedElectron {
    pub(super) slot: Slot,
    pub(super) place: Arc<Partition>,
    pub(super) generation: u32,
    pub(super) at: i64,
    pub(super) stream: StreamName,
    pub(super) input: Option<usize>,
    pub(super) codec: Codec,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: Option<i64>,
    pub(super) copied: Copied,
    /// Attempts that failed.
    pub(super) failed: u32,
}

impl ParkedElectron {
    /// A copy of an electron in hand.
    pub(super) fn of(current: &CurrentElectron<'_>, failed: u32) -> Self {
        let content = &current.content;
        Self {
            slot: current.slot,
            place: Arc::clone(current.place),
            generation: current.generation,
            at: current.at,
            stream: current.stream.clone(),
            input: current.input,
            codec: current.codec,
            partition: current.partition,
            offset: current.offset,
            timestamp: current.timestamp,
            copied: Copied {
                key: content.key().map(Box::from),
                value: content.value().map(Box::from),
                headers: content.headers().map(HeadersRef::detach),
            },
            failed,
        }
    }

    pub(super) fn current(&self) -> CurrentElectron<'_> {
        CurrentElectron {
            slot: self.slot,
            place: &self.place,
            generation: self.generation,
            at: self.at,
            stream: &self.stream,
            input: self.input,
            codec: self.codec,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            content: Content::Copied(&self.copied),
        }
    }

    /// How many bytes it keeps.
    pub(super) fn bytes(&self) -> usize {
        let Copied {
            key,
            value,
            headers,
        } = &self.copied;
        let headers = headers
            .as_ref()
            .map_or(0, |headers| headers.borrowed().size());
        let key = key.as_ref().map_or(0, |key| key.len());
        key + value.as_ref().map_or(0, |value| value.len()) + headers
    }
}

impl Lane<'_, '_> {
    /// Parks an electron whose key is blocked already, behind those before it. Returns whether it does.
    pub(super) fn follows(&mut self, current: &CurrentElectron<'_>) -> bool {
        let queue = self
            .retry_queues
            .queue_of(current.place.id, current.content.key());
        let Some(queue) = queue.filter(|_| !mutant::is("overtake-parked")) else {
            return false;
        };
        self.settlement.set_waiting(current.slot);
        let parked = ParkedElectron::of(current, 0);
        let bytes = parked.bytes();
        self.retry_queues.follow(queue, parked, bytes);
        true
    }

    /// Parks an electron that failed; its key is blocked from now on.
    pub(super) fn park(&mut self, current: &CurrentElectron<'_>, failed: u32, after: Duration) {
        self.park_parked(
            ParkedElectron::of(current, failed),
            current.content.key(),
            after,
        );
    }

    /// Puts an electron in hand into the retry queues.
    pub(super) fn park_parked(
        &mut self,
        parked: ParkedElectron,
        key: Option<&[u8]>,
        after: Duration,
    ) {
        self.settlement.set_waiting(parked.slot);
        let (partition, bytes) = (parked.place.id, parked.bytes());
        let due = self.began.elapsed().saturating_add(after);
        self.retry_queues.park(partition, key, parked, bytes, due);
    }

    /// Tries what is due. Returns when the next one is, if any waits.
    pub(super) fn run_due(&mut self) -> Option<Instant> {
        if self.retry_queues.is_empty() {
            return None;
        }
        self.drop_stale();
        for _ in 0..DUE_AT_ONCE {
            if self.shared.instance.is_stopping() || self.shared.lane_queue.pause.is_paused() {
                return None;
            }
            let now = self.began.elapsed();
            let Some((queue, mut parked, bytes)) = self.retry_queues.take_due(now) else {
                break;
            };
            self.shared.counters.resume(parked.slot);
            let current = parked.current();
            if current.is_stale() {
                self.settlement.give_back(&current);
                self.retry_queues.over(queue, now);
                continue;
            }
            match self.attempt(&current, parked.failed) {
                After::Over => self.retry_queues.over(queue, now),
                After::Aside { failed, after } => {
                    parked.failed = failed;
                    self.settlement.set_waiting(parked.slot);
                    let due = self.began.elapsed().saturating_add(after);
                    self.retry_queues.again(queue, parked, bytes, due);
                }
            }
        }
        self.inbox.hand.rest();
        let next = self.retry_queues.next_due();
        let next = next.and_then(|due| self.began.checked_add(due));
        self.inbox.hand.set_next_retry(next);
        next
    }

    /// Gives back what waits of partitions that are no longer ours, when there was a rebalance.
    pub(super) fn drop_stale(&mut self) {
        let epoch = self.consumer.epoch();
        if epoch == self.epoch {
            return;
        }
        self.epoch = epoch;
        for parked in self
            .retry_queues
            .take_if(|parked| parked.current().is_stale())
        {
            self.settlement.give_back(&parked.current());
        }
    }

    /// Waits while the retry queues are full, in a lane that then takes nothing more; returns whether it did.
    pub(super) fn wait_while_full(&mut self, until: Option<Instant>) -> bool {
        let parks = self.failing.waiting() == Some(RetryWait::Parked);
        let (true, true, Some(until)) = (parks, self.retry_queues.is_full(), until) else {
            return false;
        };
        let (shared, consumer, epoch) = (self.shared, self.consumer, self.epoch);
        if shared.instance.is_stopping() {
            return false;
        }
        // After a rebalance what waits may be another instance's.
        let changed = || consumer.epoch() != epoch;
        shared.wait(Some(until), changed, || self.function.run_called());
        true
    }

    /// What still waits at the end stays unsettled.
    pub(super) fn give_back_waiting(&mut self) {
        let left = self.retry_queues.take_if(|_| true);
        if left.is_empty() {
            return;
        }
        tracing::info!(
            "{} electrons that were waiting for a retry, or behind an electron that was, are \
             read again at the next start",
            left.len()
        );
        for parked in left {
            self.settlement.give_back(&parked.current());
        }
    }
}
