//! The answer to a call, while it is on its way: awaited, or waited for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::question::CallOutcome;
use crate::rpc::port::AnswerPromise;
use crate::rpc::stub::wire::Read;

/// The words that name a call in its errors.
#[derive(Clone, Debug)]
pub(crate) struct CallNames {
    pub(crate) method: String,
    pub(crate) target: String,
}

impl CallNames {
    /// The value in an answer.
    pub(crate) fn open<R>(&self, read: Read<(R,)>, said: &[u8]) -> Result<R, CallError> {
        let (value,) = read(said).map_err(|error| {
            let (method, target) = (&self.method, &self.target);
            CallError::new(
                CallErrorKind::Answer,
                method,
                target,
                Duration::ZERO,
                error.to_string(),
            )
        })?;
        Ok(value)
    }
}

/// The answer to a call to one instance: await it, or [`wait`](Self::wait) for it.
///
/// Dropping it does not take the call back.
#[derive(Debug)]
#[must_use = "the call is sent, but its answer is not used: await it, call `wait`, or use \
    `notify` instead"]
pub struct Answer<R> {
    promise: Arc<AnswerPromise>,
    names: CallNames,
    read: Read<(R,)>,
}

impl<R> Answer<R> {
    pub(crate) fn new(promise: Arc<AnswerPromise>, names: CallNames, read: Read<(R,)>) -> Self {
        Self {
            promise,
            names,
            read,
        }
    }

    /// Blocks until the answer is there, for functions that are not async. It ends at the deadline of
    /// the call at the latest.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn wait(self) -> Result<R, CallError> {
        let ending = self.promise.wait();
        self.open(ending)
    }

    fn open(&self, ending: CallOutcome) -> Result<R, CallError> {
        let part = ending?.into_iter().next().ok_or_else(|| {
            let CallNames { method, target } = &self.names;
            CallError::new(CallErrorKind::Lost, method, target, Duration::ZERO, "")
        })?;
        self.names.open(self.read, &part.said?)
    }
}

impl<R> Future for Answer<R> {
    type Output = Result<R, CallError>;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(cx).map(|ending| self.open(ending))
    }
}
