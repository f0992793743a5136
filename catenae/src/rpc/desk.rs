//! Where a stub leaves its question, and what a micromodule without calls says to it.

use std::sync::Arc;
use std::time::Duration;

use crate::rpc::answer::Ticket;
use crate::rpc::builtin::CallStats;
use crate::rpc::error::{CallError, CallErrorKind};
use crate::rpc::instances::Instance;

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
pub(crate) enum Standpoint {
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
    pub(crate) from: Standpoint,
}

impl Question {
    /// An error about this question.
    pub(crate) fn error(&self, kind: CallErrorKind, detail: impl Into<String>) -> CallError {
        let target = self.target.words();
        CallError::new(kind, &self.method, target, Duration::ZERO, detail)
    }
}

/// Where questions are left.
pub(crate) trait Desk: Send + Sync {
    /// Sends the question; its ending is left on `ticket`, at its deadline at the latest. Where there is
    /// none it goes to the log, if it is an error.
    ///
    /// # Errors
    /// What is known at once; then nothing is left on the ticket.
    fn ask(&self, question: Question, ticket: Option<&Arc<Ticket>>) -> Result<(), CallError>;

    /// The live instances.
    fn instances(&self) -> Vec<Instance>;

    /// What became of calls so far.
    fn stats(&self) -> CallStats;
}

/// The desk of a micromodule that has no calls.
pub(crate) struct Closed {
    /// Why it has none.
    pub(crate) why: &'static str,
}

impl Desk for Closed {
    fn ask(&self, question: Question, _: Option<&Arc<Ticket>>) -> Result<(), CallError> {
        Err(question.error(CallErrorKind::Off, self.why))
    }

    fn instances(&self) -> Vec<Instance> {
        Vec::new()
    }

    fn stats(&self) -> CallStats {
        CallStats::default()
    }
}
