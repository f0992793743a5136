//! The answers to a call to many: what came, and who is missing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use crate::rpc::core::error::CallError;
use crate::rpc::core::question::CallOutcome;
use crate::rpc::port::AnswerPromise;
use crate::rpc::stub::answer::CallNames;
use crate::rpc::stub::wire::Read;

/// What came of a call to many.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gathered<R> {
    /// The answers with the uids of those who gave them, in the order in which they came.
    pub answers: Vec<(String, R)>,
    /// The uids of the live instances that gave none, each with the reason.
    pub missing: Vec<(String, CallError)>,
}

impl<R> Gathered<R> {
    /// Whether everybody who was known to be alive has answered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The answers alone.
    pub fn into_values(self) -> impl Iterator<Item = R> {
        self.answers.into_iter().map(|(_, value)| value)
    }
}

/// The answers to a call to many, on their way: await them, or [`wait`](Self::wait) for them.
#[derive(Debug)]
#[must_use = "the call is sent, but nobody looks at the answers: await them, `wait` for them, or `notify`"]
pub struct Gathering<R> {
    promise: Arc<AnswerPromise>,
    names: CallNames,
    read: Read<(R,)>,
}

impl<R> Gathering<R> {
    pub(crate) fn new(promise: Arc<AnswerPromise>, names: CallNames, read: Read<(R,)>) -> Self {
        Self {
            promise,
            names,
            read,
        }
    }

    /// Blocks until the answers are there, for functions that are not async. It ends at the deadline
    /// of the call at the latest.
    ///
    /// # Errors
    /// Why nobody was asked.
    pub fn wait(self) -> Result<Gathered<R>, CallError> {
        let ending = self.promise.wait();
        self.open(ending)
    }

    fn open(&self, ending: CallOutcome) -> Result<Gathered<R>, CallError> {
        let mut gathered = Gathered {
            answers: Vec::new(),
            missing: Vec::new(),
        };
        for part in ending? {
            match part.said.and_then(|said| self.names.open(self.read, &said)) {
                Ok(value) => gathered.answers.push((part.uid, value)),
                Err(error) => gathered.missing.push((part.uid, error)),
            }
        }
        Ok(gathered)
    }
}

impl<R> Future for Gathering<R> {
    type Output = Result<Gathered<R>, CallError>;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(cx).map(|ending| self.open(ending))
    }
}
