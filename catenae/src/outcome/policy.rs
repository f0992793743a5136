//! What happens to an electron that cannot be handled: the one truth table.

use std::time::Duration;

/// What happens to an electron that failed, when its retries are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
pub enum Waiting {
    /// In the lane: everything behind it waits as well.
    #[default]
    InPlace,
    /// Beside the lane, with those of its key that come later; other keys go on.
    Parked,
    /// In a stream, `<input>.<class>.retry`: it survives a crash, and gives its place up.
    Delayed,
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
    pub waiting: Waiting,
}

/// How many electrons may be given up (skipped, or written to the dead letters) before the
/// micromodule stops: more than that is a mistake in the link, not in the electrons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// One after the other.
    pub run: u32,
    /// In a hundred, counted over the last thousand.
    pub percent: u32,
}

/// What is done for each kind of failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Giving {
    /// The bytes do not hold what the link takes.
    pub decode: OnError,
    /// The function returned an error, or something that cannot be written.
    pub handler: OnError,
    /// The function panicked.
    pub panic: OnError,
}

/// What is done about failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// First of all; never for what cannot be decoded.
    pub retry: Option<Retry>,
    /// Then.
    pub on_error: Giving,
    /// How often that may be.
    pub cap: Cap,
}

impl Policy {
    /// No retry, and every failure stops the micromodule.
    pub const NONE: Self = Self {
        retry: None,
        on_error: Giving {
            decode: OnError::Fail,
            handler: OnError::Fail,
            panic: OnError::Fail,
        },
        cap: Cap {
            run: 100,
            percent: 10,
        },
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::NONE
    }
}

impl Default for Cap {
    fn default() -> Self {
        Policy::NONE.cap
    }
}
