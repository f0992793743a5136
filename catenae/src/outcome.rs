//! Which step of handling an electron failed, and why; what happens then is decided in `policy`.

mod caps;
mod policy;

use std::error::Error as StdError;
use std::fmt;

pub(crate) use caps::CapMeter;
pub(crate) use policy::Verdict;
pub use policy::{FailurePolicy, GiveUpCap, OnError, OnErrors, Retry, RetryWait};

/// Which step of handling an electron failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// The bytes do not hold what the link takes.
    Decode,
    /// The link's function returned an error.
    Handler,
    /// The link's function, `setup` or `finish` panicked.
    Panic,
    /// A value the link returned cannot be written.
    Encode,
    /// An output was not delivered, for a reason that may pass or that is no fault of the electron.
    Delivery,
    /// Kafka refused an output, and would refuse it again: for what it is, or for its stream.
    Refused,
    /// What the electron was [held](crate::Context::hold) for has failed.
    Held,
    /// `setup` or `finish` failed.
    Lifecycle,
    /// Not a failure of the electron: the micromodule is stopping.
    Stopping,
}

/// A failed step with its cause.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure of `kind` caused by `source` (an error, a `String` or a `&str`).
    pub fn new(kind: FailureKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind,
            source: source.into(),
        }
    }

    /// The same failure once more, its cause as text: for the second of two that want to know.
    pub(crate) fn restate(&self) -> Self {
        Self::new(self.kind, self.cause())
    }

    /// Its cause as text.
    pub(crate) fn cause(&self) -> String {
        self.source.to_string()
    }

    /// The failure and its causes in one line.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }

    /// Which step failed.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FailureKind::Decode => "cannot be decoded",
            FailureKind::Handler => "the link's function returned an error",
            FailureKind::Panic => "the user's code panicked",
            FailureKind::Encode => "an output cannot be encoded",
            FailureKind::Delivery => "an output was not delivered",
            FailureKind::Refused => "Kafka refused an output",
            FailureKind::Held => "what it was held for has failed",
            FailureKind::Lifecycle => "setup or finish failed",
            FailureKind::Stopping => "the micromodule is stopping",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests;
