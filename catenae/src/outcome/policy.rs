//! What happens to an electron that cannot be handled: the one truth table.
//!
//! [`FailurePolicy::decide`] is asked after every failed attempt, and nobody else decides. The test reads
//! this table row by row:
//!
//! | failure | retried | then |
//! |---|---|---|
//! | `Decode` | no | `decode` |
//! | `Handler` | yes | `handler` |
//! | `Panic` | yes | `panic` |
//! | `Encode` | no | `handler` |
//! | `Refused` | no | `handler` |
//! | `Held` | no | `handler` |
//! | `Delivery` | no | fail |
//! | `Lifecycle` | no | fail |
//! | `Stopping` | no | leave |
//!
//! *Retried* holds for as long as [`Retry::max`] allows. `decode`, `handler` and `panic` are the
//! columns of [`OnErrors`]: fail, skip, or a dead letter. The same bytes, and the same value, give the
//! same result again, so what cannot be decoded or written is not tried twice, nor what Kafka refused
//! and would refuse again. What an electron was held for is begun by its function, which may try it as often as it
//! likes. An output that is not delivered for another reason is no fault of the
//! electron: the micromodule stops. *Leave*: nothing failed, the
//! micromodule stops, and the electron is read again at the next start.

use std::time::Duration;

use super::FailureKind;

/// What happens to an electron that failed, when its retries are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The micromodule stops at it; nothing is skipped.
    #[default]
    Fail,
    /// It counts as handled; the log says so.
    Skip,
    /// It is written to the dead letters, `<input>.<class>.dlq`, and counts as handled when it is
    /// there.
    DeadLetter,
}

/// Where an electron is until it is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryWait {
    /// In the lane: everything behind it waits as well.
    #[default]
    InPlace,
    /// Beside the lane, with those of its key that come later; other keys go on.
    Parked,
    /// In a stream, `<input>.<class>.retry`: it survives a crash, and gives its place up.
    Delayed,
}

/// What happens next to an electron that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is tried once more.
    Retry {
        /// When, counted from the failure.
        after: Duration,
        /// Where it is until then.
        waiting: RetryWait,
    },
    /// The micromodule stops at it; it is not settled.
    Fail,
    /// It is given up, and counts as handled.
    Skip,
    /// It is given up, and counts as handled when its dead letter is written.
    DeadLetter,
    /// Nothing is wrong with it: it is read again at the next start.
    Leave,
}

/// How often, and when, an electron that failed is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Retries after the first attempt.
    pub max: u32,
    /// The pause before the first retry; it doubles from one to the next.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// Whether a pause is drawn between its half and its whole.
    pub jitter: bool,
    /// Where the electron is meanwhile.
    pub waiting: RetryWait,
}

/// How many electrons may be given up (skipped, or written to the dead letters) before the
/// micromodule stops: more than that is a mistake in the link, not in the electrons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GiveUpCap {
    /// One after the other.
    pub run: u32,
    /// In a hundred, counted over the last thousand.
    pub percent: u32,
}

/// What is done for each kind of failure; written as `on_error = …` or `on_error(…)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnErrors {
    /// The bytes do not hold what the link takes.
    pub decode: OnError,
    /// The function returned an error, or something that cannot be written or that Kafka refuses; or a
    /// [hold](crate::Context::hold) failed.
    pub handler: OnError,
    /// The function panicked.
    pub panic: OnError,
}

/// What is done about failures: the field `policy` of a [`LinkSpec`](crate::LinkSpec), written as
/// `retry(…)`, `on_error` and `cap(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailurePolicy {
    /// Tried first; never for what cannot be decoded.
    pub retry: Option<Retry>,
    /// What becomes of it when no attempt is left.
    pub on_error: OnErrors,
    /// How many electrons may be given up.
    pub cap: GiveUpCap,
}

impl FailurePolicy {
    /// No retry, and every failure stops the micromodule.
    pub const NONE: Self = Self {
        retry: None,
        on_error: OnErrors {
            decode: OnError::Fail,
            handler: OnError::Fail,
            panic: OnError::Fail,
        },
        cap: GiveUpCap {
            run: 100,
            percent: 10,
        },
    };
}

impl FailurePolicy {
    /// What happens to an electron whose attempt number `failed_attempts` has just failed with
    /// `kind`. `draw` is any number, drawn again for each call: the jitter.
    pub(crate) fn decide(&self, kind: FailureKind, failed_attempts: u32, draw: u64) -> Verdict {
        let (retried, then) = match kind {
            FailureKind::Decode => (false, self.on_error.decode),
            FailureKind::Handler => (true, self.on_error.handler),
            FailureKind::Panic => (true, self.on_error.panic),
            FailureKind::Encode | FailureKind::Refused | FailureKind::Held => {
                (false, self.on_error.handler)
            }
            FailureKind::Delivery | FailureKind::Lifecycle => (false, OnError::Fail),
            FailureKind::Stopping => return Verdict::Leave,
        };
        if let Some(retry) = self.retry.filter(|_| retried)
            && failed_attempts <= retry.max
        {
            return Verdict::Retry {
                after: retry.pause(failed_attempts, draw),
                waiting: retry.waiting,
            };
        }
        match then {
            OnError::Fail => Verdict::Fail,
            OnError::Skip => Verdict::Skip,
            OnError::DeadLetter => Verdict::DeadLetter,
        }
    }

    /// Whether an electron may become a dead letter.
    pub(crate) fn may_dead_letter(&self) -> bool {
        let OnErrors {
            decode,
            handler,
            panic,
        } = self.on_error;
        [decode, handler, panic].contains(&OnError::DeadLetter)
    }

    /// Where an electron waits for its retry; `None` when there is none.
    pub(crate) fn waiting(&self) -> Option<RetryWait> {
        let retry = self.retry.filter(|retry| retry.max > 0);
        retry.map(|retry| retry.waiting)
    }
}

impl Retry {
    /// The pause before retry number `retry`, counted from one: doubled from one to the next, up to
    /// the longest, and with jitter between half of that and all of it.
    pub(super) fn pause(&self, retry: u32, draw: u64) -> Duration {
        let doubled = 1_u32
            .checked_shl(retry.saturating_sub(1))
            .and_then(|factor| self.first.checked_mul(factor));
        let whole = doubled.map_or(self.longest, |pause| pause.min(self.longest));
        if !self.jitter {
            return whole;
        }
        let half = whole / 2;
        // A longer pause than 2^64 ns is 584 years: there the jitter may end.
        let spread = u64::try_from((whole - half).as_nanos()).unwrap_or(u64::MAX - 1);
        half + Duration::from_nanos(draw % (spread + 1))
    }
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self::NONE
    }
}

impl Default for GiveUpCap {
    fn default() -> Self {
        FailurePolicy::NONE.cap
    }
}
