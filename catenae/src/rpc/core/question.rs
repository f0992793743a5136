//! What a stub asks, and what comes of it: plain values.

use std::time::Duration;

use bytes::Bytes;

use crate::rpc::core::error::{CallError, CallErrorKind};

/// How long a call waits for its answer unless told otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Whom a question is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The instance with this uid.
    Instance(String),
    /// Any live instance of this class.
    Any(String),
    /// All live instances of this class.
    All(String),
    /// All live instances that have the method.
    Everybody,
}

impl Target {
    /// In words, for errors.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Instance(uid) => format!("instance `{uid}`"),
            Self::Any(class) => format!("any instance of `{class}`"),
            Self::All(class) => format!("all instances of `{class}`"),
            Self::Everybody => "everybody".to_owned(),
        }
    }
}

/// What is wanted of those who are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No answer.
    Nothing,
    /// The answer of the one.
    Answer,
    /// So many answers; `None` for those of everybody.
    Answers(Option<usize>),
}

/// Where the one who asks stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallScope {
    /// On the lane of the link, with the state in hand: what needs that state cannot run meanwhile.
    Lane,
    /// Beside it.
    Beside,
}

/// A question as a stub asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) target: Target,
    pub(crate) method: String,
    /// The list of the arguments, as CBOR.
    pub(crate) arguments: Vec<u8>,
    pub(crate) timeout: Duration,
    pub(crate) wanted: Wanted,
    /// Whether it may be asked again elsewhere when no answer comes.
    pub(crate) idempotent: bool,
    pub(crate) from: CallScope,
}

impl Question {
    /// An error about this question.
    pub(crate) fn error(&self, kind: CallErrorKind, detail: impl Into<String>) -> CallError {
        let target = self.target.words();
        CallError::new(kind, &self.method, target, Duration::ZERO, detail)
    }
}

/// What one instance answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstanceAnswer {
    pub(crate) uid: String,
    /// The list of the one value that the method returned, as CBOR.
    pub(crate) said: Result<Bytes, CallError>,
}

/// How a call ended: what was answered, or why there is nothing.
pub(crate) type CallOutcome = Result<Vec<InstanceAnswer>, CallError>;
