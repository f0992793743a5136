//! What a stub asks of the micromodule it runs in: the way to the streams of calls, or a refusal where there are none.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use serde::{Deserialize, Serialize};

use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::instances::Instance;
use crate::rpc::core::question::{CallOutcome, Question};

/// Where questions are left.
pub(crate) trait Transport: Send + Sync {
    /// Sends the question; its ending is left on `promise`, at its deadline at the latest. Where there is
    /// none it goes to the log, if it is an error.
    ///
    /// # Errors
    /// What is known at once; then nothing is left on the promise.
    fn ask(
        &self,
        question: Question,
        promise: Option<&Arc<AnswerPromise>>,
    ) -> Result<(), CallError>;

    /// The live instances.
    fn instances(&self) -> Vec<Instance>;

    /// What became of calls so far.
    fn stats(&self) -> CallStats;
}

/// The transport of a micromodule that has no calls.
pub(crate) struct DisabledTransport {
    /// Why it has none.
    pub(crate) why: &'static str,
}

impl Transport for DisabledTransport {
    fn ask(&self, question: Question, _: Option<&Arc<AnswerPromise>>) -> Result<(), CallError> {
        Err(question.error(CallErrorKind::Off, self.why))
    }

    fn instances(&self) -> Vec<Instance> {
        Vec::new()
    }

    fn stats(&self) -> CallStats {
        CallStats::default()
    }
}

/// Where the ending of a call is left for the one who asked. It ends once.
#[derive(Debug, Default)]
pub(crate) struct AnswerPromise {
    state: Mutex<AnswerState>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct AnswerState {
    ending: Option<CallOutcome>,
    waker: Option<Waker>,
}

impl AnswerPromise {
    fn lock(&self) -> MutexGuard<'_, AnswerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the ending, and wakes who waits for it.
    pub(crate) fn end(&self, ending: CallOutcome) {
        let mut state = self.lock();
        state.ending.get_or_insert(ending);
        let waker = state.waker.take();
        drop(state);
        self.ended.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the ending, or is woken when it is there.
    pub(crate) fn poll(&self, cx: &mut std::task::Context<'_>) -> Poll<CallOutcome> {
        let mut state = self.lock();
        match state.ending.take() {
            Some(ending) => Poll::Ready(ending),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Blocks until the ending is there. Every call ends at its deadline at the latest.
    pub(crate) fn wait(&self) -> CallOutcome {
        let mut state = self.lock();
        loop {
            match state.ending.take() {
                Some(ending) => return ending,
                None => {
                    state = self
                        .ended
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// The calls of a micromodule, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CallStats {
    /// Requests that ran to their end.
    pub ran: u64,
    /// Requests that are running, or wait for the state.
    pub running: u64,
    /// Requests that were answered with a refusal.
    pub refused: u64,
    /// Requests that came, or had their turn, past their deadline.
    pub expired: u64,
    /// Requests that came twice.
    pub duplicates: u64,
    /// Requests of a caller that has begun a new incarnation since.
    pub old_incarnations: u64,
    /// Its own calls that have no answer yet.
    pub open: u64,
    /// Replies that belong to none of its open calls: too late, repeated, or from an instance that was not asked.
    pub unknown_replies: u64,
    /// Messages on the streams of calls that are not part of any call.
    pub garbage: u64,
}
