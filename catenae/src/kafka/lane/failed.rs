//! What a lane does with an electron that failed: carries out what `outcome` decides.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::{Lane, Subject};
use crate::error::Error;
use crate::outcome::{CapMeter, Failure, FailureKind, FailurePolicy, RetryWait, Verdict};

/// What a lane needs to know about failures, and counts.
pub(super) struct Failing {
    policy: FailurePolicy,
    pub(super) caps: CapMeter,
    draws: Draws,
    pub(super) skipped: u64,
    pub(super) dead_letters: u64,
}

impl Failing {
    /// Nothing failed yet.
    pub(super) fn new(policy: FailurePolicy) -> Self {
        Self {
            policy,
            caps: CapMeter::new(policy.cap),
            draws: Draws::new(),
            skipped: 0,
            dead_letters: 0,
        }
    }

    /// Where an electron waits for its retry; `None` when there is none.
    pub(super) fn waiting(&self) -> Option<RetryWait> {
        self.policy.waiting()
    }

    /// The longest pause before a retry.
    pub(super) fn longest(&self) -> Duration {
        self.policy
            .retry
            .map_or(Duration::ZERO, |retry| retry.longest)
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
struct Draws(u64);

impl Draws {
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
pub(super) enum Next {
    /// Tries it again, now.
    Again,
    /// Puts it aside for that long.
    Aside(Duration),
    /// Goes on to the next electron.
    Over,
}

impl Lane<'_, '_> {
    /// Carries out what is decided about an electron whose attempt number `failed` failed.
    pub(super) fn failed(&mut self, subject: &Subject<'_>, failed: u32, failure: Failure) -> Next {
        let failing = &mut self.failing;
        let draw = failing.draws.next();
        let verdict = failing.policy.decide(failure.kind(), failed, draw);
        let goes_on = match verdict {
            Verdict::Leave => {
                let why = failure.with_causes();
                return self.leave(subject, &why);
            }
            Verdict::Fail => return self.stop_at(subject, failed, None, failure),
            Verdict::Skip | Verdict::DeadLetter => failing.caps.give_up(),
            Verdict::Retry { .. } => Ok(()),
        };
        if let Err(cap) = goes_on {
            return self.stop_at(subject, failed, Some(&cap), failure);
        }
        if failure.kind() == FailureKind::Panic && !self.mend() {
            self.give_back(subject);
            return Next::Over;
        }
        match verdict {
            Verdict::Retry { after, waiting } => {
                self.retry(subject, failed, after, waiting, &failure)
            }
            Verdict::Skip => self.skip(subject, failed, &failure),
            Verdict::DeadLetter => self.dead_letter(subject, failed, failure),
            Verdict::Fail | Verdict::Leave => self.stop_at(subject, failed, None, failure),
        }
    }

    fn retry(
        &mut self,
        subject: &Subject<'_>,
        failed: u32,
        after: Duration,
        waiting: RetryWait,
        failure: &Failure,
    ) -> Next {
        let place = place(subject);
        let why = failure.with_causes();
        tracing::warn!("{place}: attempt {failed} failed, the next one is in {after:?}: {why}");
        match waiting {
            RetryWait::InPlace => self.wait_in_place(subject, after),
            RetryWait::Parked => Next::Aside(after),
            RetryWait::Delayed => self.delay(subject, failed, after, failure),
        }
    }

    /// Waits with the electron in hand; everything behind it waits as well, but calls are answered.
    /// Ends early when the micromodule stops or the partition goes to another instance.
    pub(super) fn wait_in_place(&mut self, subject: &Subject<'_>, after: Duration) -> Next {
        let inbox = self.inbox;
        inbox.hand.retrying(after, || self.wait_for(subject, after))
    }

    fn wait_for(&mut self, subject: &Subject<'_>, after: Duration) -> Next {
        let shop = self.shop;
        let due = Instant::now().checked_add(after);
        let ended = || shop.stopper.is_stopping() || shop.has_lost(subject);
        loop {
            let left = due.map_or(A_WHILE, |due| due.saturating_duration_since(Instant::now()));
            let paused = shop.errands.is_paused();
            let limit = if paused { A_WHILE } else { left.min(A_WHILE) };
            let changed = || shop.errands.is_called() || shop.errands.is_paused() != paused;
            shop.bell.wait(limit, || ended() || changed());
            if ended() {
                return self.leave(subject, "it waited for a retry");
            }
            self.run_called();
            if left.is_zero() && !shop.errands.is_paused() {
                return Next::Again;
            }
        }
    }

    /// Stops the micromodule at this electron, which stays unsettled; `kept` says why it was not
    /// given up, if it was to be.
    pub(super) fn stop_at(
        &self,
        subject: &Subject<'_>,
        failed: u32,
        kept: Option<&str>,
        failure: Failure,
    ) -> Next {
        let mut after = after_attempts(failed);
        if let Some(kept) = kept {
            after.push_str(&format!(" and did not give it up: {kept}"));
        }
        let (origin, value) = (subject.origin(), subject.content.value());
        let delivery = self.shop.delivery;
        let error = Error::electron(&self.shop.who, &origin, value, &after, delivery, failure);
        self.shop.stopper.fail(error);
        self.give_back(subject);
        Next::Over
    }

    /// Nothing is wrong with the electron: the micromodule stops, or its partition was revoked.
    pub(super) fn leave(&self, subject: &Subject<'_>, why: &str) -> Next {
        let fate = if self.shop.stopper.is_stopping() {
            self.shop.delivery.fate()
        } else {
            "it is read again by the instance that owns its partition now"
        };
        let place = place(subject);
        tracing::warn!("{place} is not finished; {fate}: {why}");
        self.give_back(subject);
        Next::Over
    }

    /// It is not settled, and nobody waits for it any more.
    pub(super) fn give_back(&self, subject: &Subject<'_>) {
        self.shop.ledger.abandon(subject.slot);
        self.shop.bell.ring();
    }
}

/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(3600);

/// An electron's place, as log lines name it.
pub(super) fn place(subject: &Subject<'_>) -> String {
    let (stream, partition, offset) = (subject.stream, subject.partition, subject.offset);
    format!("stream `{stream}`, partition {partition}, offset {offset}")
}

pub(super) fn after_attempts(failed: u32) -> String {
    match failed {
        1 => String::new(),
        attempts => format!(" after {attempts} attempts"),
    }
}
