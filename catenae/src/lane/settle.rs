//! What becomes of an electron that is done, or is not this lane's any more, in each mode of delivery.

use std::time::{Duration, Instant};

use super::failed::AfterFailure;
use super::failed::{after_attempts, place};
use super::{CurrentElectron, LaneShared};
use crate::assignment::hand::InHandCell;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::producer::CompletedInput;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;
use crate::spec::modes::Order;

/// Settles the electrons of one lane, or gives them back.
#[derive(Clone, Copy)]
pub(super) struct Settlement<'l> {
    pub(super) shared: &'l LaneShared,
    pub(super) consumer: &'l GroupMember,
    /// What the lane has in hand, for the watch.
    pub(super) hand: &'l InHandCell,
}

impl Settlement<'_> {
    /// Whether an electron that was taken is still this lane's to handle.
    pub(super) fn may_handle(&self, current: &CurrentElectron<'_>) -> bool {
        let instance = &self.shared.instance;
        match self.shared.delivery.commits_first() {
            // It is committed: nobody else handles it, and this lane only not after a failure.
            true => !(instance.is_killed() || instance.is_stopping() && instance.has_failed()),
            false => !instance.is_stopping() && !current.is_stale(),
        }
    }

    /// The handler's part of an electron is done; under exactly-once its outputs go into the
    /// transaction now.
    pub(super) fn settle(&self, current: &CurrentElectron<'_>) -> Result<(), Failure> {
        if self.shared.delivery.has_transactions() {
            return self.shared.outbox.hand_over(&CompletedInput {
                slot: current.slot,
                partition: current.place,
                generation: current.generation,
            });
        }
        // What came from a stream of retries is handled when it is due, also before others that were
        // written earlier: there the watermark commits.
        let in_order = self
            .shared
            .side
            .input_of_retries(&current.place.stream)
            .is_none();
        let waits = self.shared.order == Order::Synchronous && in_order;
        if waits {
            self.shared.outbox.refusals().claim(current.slot);
        }
        // With outputs under way it is their last report that others wait for.
        if self.shared.counters.settle_one(current.slot) {
            self.shared.instance.bell().ring_after_exchange();
        }
        if waits {
            self.hand.committing(|| self.commit(current));
            self.refused_in_hand(current)?;
        }
        Ok(())
    }

    /// Settles an electron that failed and was given up, or sent to wait elsewhere.
    pub(super) fn conclude(&self, current: &CurrentElectron<'_>, failed: u32) -> AfterFailure {
        match self.settle(current) {
            Ok(()) => AfterFailure::Over,
            Err(failure) if failure.kind() == FailureKind::Stopping => {
                self.leave(current, &failure.with_causes())
            }
            Err(failure) => self.stop_at(current, failed, None, failure),
        }
    }

    /// What is to be said of an attempt that failed: not the error of the function, when it was told of
    /// an output that was refused. A hold that it dropped as it failed is no failure of its own.
    pub(super) fn or_refused(&self, current: &CurrentElectron<'_>, failure: Failure) -> Failure {
        let (refusals, counters) = (self.shared.outbox.refusals(), &self.shared.counters);
        let by_function = failure.kind() == FailureKind::Handler;
        if (by_function || failure.kind() == FailureKind::Panic)
            && let Some(parts) = refusals.take_held(current.slot, counters)
        {
            counters.settle(current.slot, parts);
            return failure;
        }
        if !by_function || self.shared.delivery.has_transactions() {
            return failure;
        }
        match refusals.take(current.slot, counters) {
            Some((refused, outputs)) => {
                counters.settle(current.slot, outputs);
                refused
            }
            None => failure,
        }
    }

    /// With `--sync`, behind the wait for its outputs: the failure of an electron in hand of which one
    /// was refused.
    pub(super) fn refused_in_hand(&self, current: &CurrentElectron<'_>) -> Result<(), Failure> {
        let (refusals, counters) = (self.shared.outbox.refusals(), &self.shared.counters);
        let complete = refusals.is_complete(current.slot, counters);
        let taken = complete.then(|| refusals.take(current.slot, counters));
        refusals.release_claim();
        let Some((failure, outputs)) = taken.flatten() else {
            return Ok(());
        };
        // The part that is left is the one of its function.
        counters.settle(current.slot, outputs.saturating_sub(1));
        Err(failure)
    }

    /// Stops the micromodule at this electron, which stays unsettled; `kept` says why it was not
    /// given up, if it was to be.
    pub(super) fn stop_at(
        &self,
        current: &CurrentElectron<'_>,
        failed: u32,
        kept: Option<&str>,
        failure: Failure,
    ) -> AfterFailure {
        let mut after = after_attempts(failed);
        if let Some(kept) = kept {
            after.push_str(&format!(" and did not give it up: {kept}"));
        }
        let (origin, value) = (current.origin(), current.content.value());
        let delivery = self.shared.delivery;
        let error = Error::electron(
            self.shared.instance.who(),
            &origin,
            value,
            &after,
            delivery,
            failure,
        );
        self.shared.instance.fail(error);
        self.give_back(current);
        AfterFailure::Over
    }

    /// Nothing is wrong with the electron: the micromodule stops, or its partition was revoked.
    pub(super) fn leave(&self, current: &CurrentElectron<'_>, why: &str) -> AfterFailure {
        let fate = if self.shared.instance.is_stopping() {
            self.shared.delivery.fate()
        } else {
            "it is read again by the instance that owns its partition now"
        };
        let place = place(current);
        tracing::warn!("{place} is not finished; {fate}: {why}");
        self.give_back(current);
        AfterFailure::Over
    }

    /// It is not settled, and nobody waits for it any more.
    pub(super) fn give_back(&self, current: &CurrentElectron<'_>) {
        self.shared.counters.abandon(current.slot);
        self.shared.instance.bell().ring();
    }

    /// It is not in hand any more: a revocation does not wait for it.
    pub(super) fn set_waiting(&self, slot: Slot) {
        self.shared.counters.wait(slot);
        self.shared.instance.bell().ring();
    }

    /// Waits until this electron is settled, and commits it before the next is taken.
    pub(super) fn commit(&self, current: &CurrentElectron<'_>) {
        let shared = self.shared;
        let refusals = shared.outbox.refusals();
        let refused = || refusals.is_complete(current.slot, &shared.counters);
        let settled =
            || shared.counters.is_over(current.slot) || shared.instance.has_failed() || refused();
        while !shared
            .instance
            .bell()
            .wait(Duration::from_secs(60), settled)
        {
            tracing::warn!("--sync: still waiting for the outputs of one electron to be delivered");
        }
        if shared.instance.has_failed() || refused() {
            return;
        }
        // Where it was read, which for a retry that was delayed is not where it came from.
        let (stream, number, at) = (
            current.place.stream.as_str(),
            current.place.number,
            current.at,
        );
        let mut result = Ok(());
        let deadline = Instant::now() + COMMIT_WITHIN;
        let ours = || !current.is_stale();
        while result.is_ok() && ours() {
            result = self.consumer.commit([(&**current.place, at + 1)]);
            let Err(error) = &result else { return };
            if !error.passes() || Instant::now() > deadline {
                break;
            }
            if shared.instance.is_stopping() {
                // The last commit of the shutdown holds it.
                return;
            }
            shared.instance.wait(Duration::from_millis(50));
            result = Ok(());
        }
        // A partition that moved on meanwhile is the new owner's to commit.
        if let Err(error) = result
            && ours()
        {
            let context = format!(
                "{}: stream `{stream}`, partition {number}: offset {at} was not committed",
                shared.instance.who()
            );
            shared
                .instance
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    /// Waits until the transaction under way is over and the next one is empty. Not when the partition
    /// of the electron is no longer ours, or it stops.
    pub(super) fn wait_for_empty(&self, current: &CurrentElectron<'_>) -> bool {
        let shared = self.shared;
        loop {
            if shared.instance.is_stopping() || current.is_stale() {
                return false;
            }
            if shared.outbox.is_between_transactions() {
                return true;
            }
            shared.outbox.commit_soon();
            shared.instance.bell().wait(BETWEEN_LOOKS, || false);
        }
    }
}

impl LaneShared {
    /// Whether the electron in hand is handled again by another instance.
    pub(super) fn has_lost(&self, current: &CurrentElectron<'_>) -> bool {
        !self.delivery.commits_first() && current.is_stale()
    }
}

/// How long a commit may be repeated while the group or its coordinator changes.
pub(super) const COMMIT_WITHIN: Duration = Duration::from_secs(60);

/// Between two looks at the transaction under way, which is ended by another thread.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
