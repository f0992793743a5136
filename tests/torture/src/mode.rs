//! The modes of a link: the flags that ask for them, and what they promise.

use std::fmt;

use catenae::prelude::clap;

/// A mode of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// At least once, pipelined.
    Default,
    /// One electron at a time.
    Seq,
    /// Each committed before the next.
    Sync,
    /// By transactions.
    ExactlyOnce,
    /// Offsets first.
    AtMostOnce,
}

impl Mode {
    /// The flags that ask for it.
    #[must_use]
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Default => &[],
            Self::Seq => &["--seq"],
            Self::Sync => &["--sync"],
            Self::ExactlyOnce => &["--delivery", "exactly-once"],
            Self::AtMostOnce => &["--delivery", "at-most-once"],
        }
    }

    /// Inputs per second that it keeps up with, whatever is done to it.
    #[must_use]
    pub fn rate(self) -> u64 {
        // Each waits for the linger, the report and a commit.
        if self == Self::Sync { 10 } else { 200 }
    }

    /// Whether it is one of at-least-once: there an electron may wait elsewhere than in its place.
    #[must_use]
    pub fn is_at_least_once(self) -> bool {
        matches!(self, Self::Default | Self::Seq | Self::Sync)
    }

    /// Whether an input may have no output.
    #[must_use]
    pub fn may_lose(self) -> bool {
        self == Self::AtMostOnce
    }

    /// Whether an input may have its output twice after a fault.
    #[must_use]
    pub fn may_repeat(self) -> bool {
        self.is_at_least_once()
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Seq => "seq",
            Self::Sync => "sync",
            Self::ExactlyOnce => "exactly-once",
            Self::AtMostOnce => "at-most-once",
        })
    }
}
