//! Electrons that wait beside the lane: parked behind a key that failed, or delayed until they are due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::message::BorrowedHeaders;

use super::subject::{Content, Copied};
use super::{After, Lane, Subject};
use crate::codec::Codec;
use crate::kafka::headers;
use crate::kafka::partitions::Partition;
use crate::mutant;
use crate::outcome::RetryWait;
use crate::stream::StreamName;
use crate::tracker::Slot;

/// So many electrons that are due are tried before the lane looks at its inbox again.
const DUE_AT_ONCE: usize = 64;

/// An electron that waits, with everything its next attempt needs.
pub(super) struct Aside {
    pub(super) slot: Slot,
    pub(super) place: Arc<Partition>,
    pub(super) generation: u32,
    pub(super) at: i64,
    pub(super) stream: StreamName,
    pub(super) codec: Codec,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: Option<i64>,
    pub(super) copied: Copied,
    /// Attempts that failed.
    pub(super) failed: u32,
}

impl Aside {
    /// A copy of an electron in hand.
    pub(super) fn of(subject: &Subject<'_>, failed: u32) -> Self {
        let content = &subject.content;
        Self {
            slot: subject.slot,
            place: Arc::clone(subject.place),
            generation: subject.generation,
            at: subject.at,
            stream: subject.stream.clone(),
            codec: subject.codec,
            partition: subject.partition,
            offset: subject.offset,
            timestamp: subject.timestamp,
            copied: Copied {
                key: content.key().map(Box::from),
                value: content.value().map(Box::from),
                headers: content.native_headers().map(BorrowedHeaders::detach),
            },
            failed,
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            slot: self.slot,
            place: &self.place,
            generation: self.generation,
            at: self.at,
            stream: &self.stream,
            codec: self.codec,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            content: Content::Copied(&self.copied),
        }
    }

    /// What it takes of the lot's bytes.
    pub(super) fn bytes(&self) -> usize {
        let Copied {
            key,
            value,
            headers,
        } = &self.copied;
        let headers = headers
            .as_ref()
            .map_or(0, |headers| headers::native_size(headers.as_borrowed()));
        let key = key.as_ref().map_or(0, |key| key.len());
        key + value.as_ref().map_or(0, |value| value.len()) + headers
    }
}

impl Lane<'_, '_> {
    /// Parks an electron whose key stands already, behind those before it. Returns whether it does.
    pub(super) fn follows(&mut self, subject: &Subject<'_>) -> bool {
        let line = self.lot.line_of(subject.place.id, subject.content.key());
        let Some(line) = line.filter(|_| !mutant::is("overtake-parked")) else {
            return false;
        };
        self.set_waiting(subject.slot);
        let aside = Aside::of(subject, 0);
        let bytes = aside.bytes();
        self.lot.follow(line, aside, bytes);
        true
    }

    /// Parks an electron that failed; its key stands from now on.
    pub(super) fn park(&mut self, subject: &Subject<'_>, failed: u32, after: Duration) {
        self.put_aside(Aside::of(subject, failed), subject.content.key(), after);
    }

    /// It is not in hand any more: a revocation does not wait for it.
    fn set_waiting(&self, slot: Slot) {
        self.shop.ledger.wait(slot);
        self.shop.bell.ring();
    }

    /// Puts an electron in hand into the lot.
    pub(super) fn put_aside(&mut self, aside: Aside, key: Option<&[u8]>, after: Duration) {
        self.set_waiting(aside.slot);
        let (partition, bytes) = (aside.place.id, aside.bytes());
        let due = self.began.elapsed().saturating_add(after);
        self.lot.park(partition, key, aside, bytes, due);
    }

    /// Tries what is due. Returns when the next one is, if any waits.
    pub(super) fn run_due(&mut self) -> Option<Instant> {
        if self.lot.is_empty() {
            return None;
        }
        self.drop_stale();
        for _ in 0..DUE_AT_ONCE {
            if self.shop.stopper.is_stopping() || self.shop.errands.is_paused() {
                return None;
            }
            let now = self.began.elapsed();
            let Some((line, mut aside, bytes)) = self.lot.take_due(now) else {
                break;
            };
            self.shop.ledger.resume(aside.slot);
            let subject = aside.subject();
            if subject.is_stale() {
                self.give_back(&subject);
                self.lot.over(line, now);
                continue;
            }
            match self.attempt(&subject, aside.failed) {
                After::Over => self.lot.over(line, now),
                After::Aside { failed, after } => {
                    aside.failed = failed;
                    self.set_waiting(aside.slot);
                    let due = self.began.elapsed().saturating_add(after);
                    self.lot.again(line, aside, bytes, due);
                }
            }
        }
        self.inbox.hand.rest();
        let next = self.lot.next_due();
        let next = next.and_then(|due| self.began.checked_add(due));
        self.inbox.hand.set_next_retry(next);
        next
    }

    /// Gives back what waits of partitions that are no longer ours, when there was a rebalance.
    pub(super) fn drop_stale(&mut self) {
        let epoch = self.consumer.context().epoch();
        if epoch == self.epoch {
            return;
        }
        self.epoch = epoch;
        for aside in self.lot.take_if(|aside| aside.subject().is_stale()) {
            self.give_back(&aside.subject());
        }
    }

    /// Waits while the lot is full, in a lane that then takes nothing more; returns whether it did.
    pub(super) fn wait_while_full(&self, until: Option<Instant>) -> bool {
        let stopper = &self.shop.stopper;
        let parks = self.failing.waiting() == Some(RetryWait::Parked);
        let (true, true, Some(until)) = (parks, self.lot.is_full(), until) else {
            return false;
        };
        if stopper.is_stopping() {
            return false;
        }
        let left = until.saturating_duration_since(Instant::now());
        let intake = self.consumer.context();
        // After a rebalance what is in the lot may be somebody else's.
        let called = || self.shop.errands.is_called() || self.shop.errands.is_paused();
        let ended = || stopper.is_stopping() || intake.epoch() != self.epoch || called();
        self.shop.bell.wait(left, ended);
        true
    }

    /// What still waits at the end stays unsettled.
    pub(super) fn leave_lot(&mut self) {
        let left = self.lot.take_if(|_| true);
        if left.is_empty() {
            return;
        }
        tracing::info!(
            "{} electrons that waited for a retry, or behind one, are read again at the next start",
            left.len()
        );
        for aside in left {
            self.give_back(&aside.subject());
        }
    }
}
