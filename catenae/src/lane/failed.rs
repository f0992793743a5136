//! What a lane does with an electron that failed: carries out what `outcome` decides.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::wait::WaitEnd;
use super::{CurrentElectron, Lane};
use crate::outcome::{CapMeter, Failure, FailureKind, FailurePolicy, OnError, RetryWait, Verdict};
use crate::settle::tracker::PartitionId;

/// What a lane needs to know about failures, and counts.
pub(super) struct Failing {
    policy: FailurePolicy,
    pub(super) caps: CapMeter,
    /// Those of which an output was refused when they were counted as handled: a bunch of them comes at
    /// once, and was not one after the other.
    late: CapMeter,
    /// Where the last of those was, by partition.
    late_at: HashMap<PartitionId, i64>,
    draws: Jitter,
    pub(super) skipped: u64,
    pub(super) dead_letters: u64,
}

impl Failing {
    /// Nothing failed yet.
    pub(super) fn new(policy: FailurePolicy) -> Self {
        Self {
            policy,
            caps: CapMeter::new(policy.cap),
            late: CapMeter::new(policy.cap),
            late_at: HashMap::new(),
            draws: Jitter::new(),
            skipped: 0,
            dead_letters: 0,
        }
    }

    /// Where an electron waits for its retry; `None` when there is none.
    pub(super) fn waiting(&self) -> Option<RetryWait> {
        self.policy.waiting()
    }

    /// What becomes of an electron whose output Kafka refuses.
    pub(super) fn on_refused(&self) -> OnError {
        self.policy.on_error.handler
    }

    /// The longest pause before a retry.
    pub(super) fn longest(&self) -> Duration {
        self.policy
            .retry
            .map_or(Duration::ZERO, |retry| retry.longest)
    }

    /// Counts by their places what was refused late: what lies between two of them was handled. Holds
    /// until [`switch_back`](Self::switch_back).
    pub(super) fn switch_to_late(&mut self, partition: PartitionId, at: i64) {
        let last = self.late_at.insert(partition, at);
        let between = last.map_or(1, |last| at.saturating_sub(last).saturating_sub(1));
        self.late.handled_many(u64::try_from(between).unwrap_or(0));
        self.switch_back();
    }

    /// Goes on counting in turn.
    pub(super) fn switch_back(&mut self) {
        std::mem::swap(&mut self.caps, &mut self.late);
    }

    /// Says what was given up; at the end of a lane.
    pub(super) fn sum_up(&self) {
        let (skipped, dead_letters) = (self.skipped, self.dead_letters);
        if skipped + dead_letters > 0 {
            tracing::warn!(
                "given up since the start: {skipped} electrons skipped, {dead_letters} dead letters"
            );
        }
    }
}

/// Random numbers for the jitter; no secret, and no two instances in step.
struct Jitter(u64);

impl Jitter {
    fn new() -> Self {
        // A `RandomState` is seeded by the operating system.
        Self(RandomState::new().hash_one(0))
    }

    /// The next one, by the generator SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What a lane does after a failed attempt.
pub(super) enum AfterFailure {
    /// Tries it again, now.
    Again,
    /// Parks it for that long.
    Aside(Duration),
    /// Goes on to the next electron.
    Over,
}

impl Lane<'_, '_> {
    /// Carries out what is decided about an electron whose attempt number `failed` failed.
    pub(super) fn failed(
        &mut self,
        current: &CurrentElectron<'_>,
        failed: u32,
        failure: Failure,
    ) -> AfterFailure {
        let failing = &mut self.failing;
        let draw = failing.draws.next();
        let verdict = failing.policy.decide(failure.kind(), failed, draw);
        let goes_on = match verdict {
            Verdict::Leave => {
                let why = failure.with_causes();
                return self.settlement.leave(current, &why);
            }
            Verdict::Fail => return self.settlement.stop_at(current, failed, None, failure),
            Verdict::Skip | Verdict::DeadLetter => failing.caps.give_up(),
            Verdict::Retry { .. } => Ok(()),
        };
        if let Err(cap) = goes_on {
            return self
                .settlement
                .stop_at(current, failed, Some(&cap), failure);
        }
        if failure.kind() == FailureKind::Panic && !self.function.mend() {
            self.settlement.give_back(current);
            return AfterFailure::Over;
        }
        match verdict {
            Verdict::Retry { after, waiting } => {
                self.retry(current, failed, after, waiting, &failure)
            }
            Verdict::Skip => self.skip(current, failed, &failure),
            Verdict::DeadLetter => self.dead_letter(current, failed, failure),
            Verdict::Fail | Verdict::Leave => {
                self.settlement.stop_at(current, failed, None, failure)
            }
        }
    }

    fn retry(
        &mut self,
        current: &CurrentElectron<'_>,
        failed: u32,
        after: Duration,
        waiting: RetryWait,
        failure: &Failure,
    ) -> AfterFailure {
        let place = place(current);
        let why = failure.with_causes();
        tracing::warn!("{place}: attempt {failed} failed, the next one is in {after:?}: {why}");
        match waiting {
            RetryWait::InPlace => self.wait_in_place(current, after),
            RetryWait::Parked => AfterFailure::Aside(after),
            RetryWait::Delayed => self.delay(current, failed, after, failure),
        }
    }

    /// Waits with the electron in hand; everything behind it waits as well, but calls are answered.
    /// Ends early when the micromodule stops or the partition goes to another instance.
    pub(super) fn wait_in_place(
        &mut self,
        current: &CurrentElectron<'_>,
        after: Duration,
    ) -> AfterFailure {
        let (shared, inbox, settlement) = (self.shared, self.inbox, self.settlement);
        let due = Instant::now().checked_add(after);
        let is_lost = || shared.has_lost(current);
        let function = &mut self.function;
        inbox.hand.retrying(after, || {
            match shared.wait(due, is_lost, || function.run_called()) {
                WaitEnd::Due => AfterFailure::Again,
                WaitEnd::Over => settlement.leave(current, "it waited for a retry"),
            }
        })
    }
}

/// An electron's place, as log lines name it.
pub(super) fn place(current: &CurrentElectron<'_>) -> String {
    let (stream, partition, offset) = (current.stream, current.partition, current.offset);
    format!("stream `{stream}`, partition {partition}, offset {offset}")
}

pub(super) fn after_attempts(failed: u32) -> String {
    match failed {
        1 => String::new(),
        attempts => format!(" after {attempts} attempts"),
    }
}
