//! Why a call has no answer.

use std::fmt;
use std::time::Duration;

use serde::de::IntoDeserializer as _;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Serialize};

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallErrorKind {
    /// No answer came before the deadline. It may have run, and may run still.
    Timeout,
    /// No live instance with this uid, or of this class, was known before the deadline. Nothing ran.
    NoInstance,
    /// The instance has no such method. Nothing ran.
    UnknownMethod,
    /// The arguments are not what the method takes. Nothing ran.
    Arguments,
    /// The method panicked.
    Panicked,
    /// The instance, or the caller itself, has too many calls under way. Nothing ran.
    Busy,
    /// The instance, or the caller itself, is stopping. Nothing ran.
    Stopping,
    /// The instance ended before it answered. It may have run.
    Lost,
    /// The question or the answer is larger than the broker takes. Where it is the answer, the method ran.
    TooLarge,
    /// The answer is not of the type that the stub expects: the instance was built from other code.
    Answer,
    /// The question could not be sent. Nothing ran.
    Unsent,
    /// A function waits for a method that needs the state it holds itself. Nothing ran.
    Itself,
    /// The micromodule that asks has no calls: it runs with `--rpc off`, or its context is detached.
    Off,
    /// The method ran, but what it returned cannot be written, or what it sent was not accepted by Kafka; or the error
    /// is of a kind that only a later version of this library knows.
    #[serde(other)]
    Failed,
}

impl CallErrorKind {
    /// The word on the wire.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::NoInstance => "no_instance",
            Self::UnknownMethod => "unknown_method",
            Self::Arguments => "arguments",
            Self::Panicked => "panicked",
            Self::Failed => "failed",
            Self::Busy => "busy",
            Self::Stopping => "stopping",
            Self::Lost => "lost",
            Self::TooLarge => "too_large",
            Self::Answer => "answer",
            Self::Unsent => "unsent",
            Self::Itself => "itself",
            Self::Off => "off",
        }
    }

    /// What a word on the wire says; one of a later version is taken for a method that failed.
    pub(crate) fn of_word(word: &str) -> Self {
        let word: StrDeserializer<'_, serde::de::value::Error> = word.into_deserializer();
        Self::deserialize(word).unwrap_or(Self::Failed)
    }

    /// Whether it is certain that the method did not run.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        !matches!(
            self,
            Self::Timeout
                | Self::Panicked
                | Self::Failed
                | Self::Lost
                | Self::TooLarge
                | Self::Answer
        )
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Timeout => "no answer in time; it may have run",
            Self::NoInstance => "no live instance is known",
            Self::UnknownMethod => "there is no such method",
            Self::Arguments => "the arguments are not what it takes",
            Self::Panicked => "it panicked",
            Self::Failed => "it failed",
            Self::Busy => "too many calls are under way",
            Self::Stopping => "the instance is stopping",
            Self::Lost => "the instance ended before it answered; it may have run",
            Self::TooLarge => "it is larger than the broker takes",
            Self::Answer => "the answer is not of the expected type",
            Self::Unsent => "it could not be sent",
            Self::Itself => "a function cannot wait for a method that needs its own state",
            Self::Off => "calls are off in this micromodule",
        }
    }
}

/// A call that has no answer: which, to whom, after how long, and why.
///
/// An error that the method itself *returned* is not a `CallError`: it is in the answer. A `CallError` can itself be
/// part of an answer, so a method that calls others may return it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    kind: CallErrorKind,
    method: String,
    target: String,
    after: Duration,
    detail: String,
}

impl CallError {
    pub(crate) fn new(
        kind: CallErrorKind,
        method: impl Into<String>,
        target: impl Into<String>,
        after: Duration,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            method: method.into(),
            target: target.into(),
            after,
            detail: detail.into(),
        }
    }

    /// Why there is no answer.
    #[must_use]
    pub fn kind(&self) -> CallErrorKind {
        self.kind
    }

    /// The name of the method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Whom it was sent to, in words.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// How long after the call this was known.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    /// Further details from whoever detected the error; empty if there are none.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, target, text) = (&self.method, &self.target, self.kind.text());
        write!(f, "rpc `{method}` to {target}: {text}")?;
        if !self.after.is_zero() {
            write!(f, " (after {} ms)", self.after.as_millis())?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_from_its_word() {
        for kind in [
            CallErrorKind::Timeout,
            CallErrorKind::NoInstance,
            CallErrorKind::UnknownMethod,
            CallErrorKind::Arguments,
            CallErrorKind::Panicked,
            CallErrorKind::Failed,
            CallErrorKind::Busy,
            CallErrorKind::Stopping,
            CallErrorKind::Lost,
            CallErrorKind::TooLarge,
            CallErrorKind::Answer,
            CallErrorKind::Unsent,
            CallErrorKind::Itself,
            CallErrorKind::Off,
        ] {
            assert_eq!(CallErrorKind::of_word(kind.word()), kind);
        }
        assert_eq!(CallErrorKind::of_word("newer"), CallErrorKind::Failed);
    }

    #[test]
    fn a_text_names_the_method_the_target_the_time_and_the_reason() {
        let error = CallError::new(
            CallErrorKind::Timeout,
            "count",
            "instance `ab12`",
            Duration::from_millis(5003),
            "asked once",
        );
        let text = "rpc `count` to instance `ab12`: no answer in time; it may have run (after 5003 ms): \
                    asked once";
        assert_eq!(error.to_string(), text);
    }
}
