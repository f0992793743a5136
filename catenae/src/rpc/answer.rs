//! The answer to a call, while it is on its way: awaited, or waited for.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use crate::rpc::error::{CallError, CallErrorKind};
use crate::rpc::wire::Read;

/// What one instance answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) uid: String,
    /// The list of the one value that the method returned, as CBOR.
    pub(crate) said: Result<Bytes, CallError>,
}

/// How a call ended: what was answered, or why there is nothing.
pub(crate) type Ending = Result<Vec<Part>, CallError>;

/// Where the ending of a call is left for the one who asked. It ends once.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ending: Option<Ending>,
    waker: Option<Waker>,
}

impl Ticket {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the ending, and wakes who waits for it.
    pub(crate) fn end(&self, ending: Ending) {
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
    pub(crate) fn poll(&self, cx: &mut std::task::Context<'_>) -> Poll<Ending> {
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
    pub(crate) fn wait(&self) -> Ending {
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

/// The words that name a call in its errors.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) method: String,
    pub(crate) target: String,
}

impl Names {
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
#[must_use = "the call is sent, but nobody looks at its answer: await it, `wait` for it, or `notify`"]
pub struct Answer<R> {
    ticket: Arc<Ticket>,
    names: Names,
    read: Read<(R,)>,
}

impl<R> Answer<R> {
    pub(crate) fn new(ticket: Arc<Ticket>, names: Names, read: Read<(R,)>) -> Self {
        Self {
            ticket,
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
        let ending = self.ticket.wait();
        self.open(ending)
    }

    fn open(&self, ending: Ending) -> Result<R, CallError> {
        let part = ending?.into_iter().next().ok_or_else(|| {
            let Names { method, target } = &self.names;
            CallError::new(CallErrorKind::Lost, method, target, Duration::ZERO, "")
        })?;
        self.names.open(self.read, &part.said?)
    }
}

impl<R> Future for Answer<R> {
    type Output = Result<R, CallError>;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        self.ticket.poll(cx).map(|ending| self.open(ending))
    }
}
