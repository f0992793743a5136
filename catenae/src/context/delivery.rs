//! The answer to a `send`: a future that says whether Kafka took the electron.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use serde::Serialize;

use crate::electron::Electron;
use crate::emit::Emitter;
use crate::outcome::Failure;

/// What [`Context::send`](crate::Context::send) takes: any serializable value, or an electron of one.
pub trait Sendable {
    /// Encodes and sends it.
    ///
    /// # Errors
    /// `Encode`, or what the way out says.
    fn emit(self, emitter: &mut Emitter<'_>) -> Result<(), Failure>;
}

impl<T: Serialize> Sendable for T {
    fn emit(self, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        emitter.value(&self)
    }
}

impl<V: Serialize, K: Serialize> Sendable for Electron<V, K> {
    fn emit(self, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        emitter.electron(self)
    }
}

/// Where a delivery report leaves its result.
#[derive(Debug, Default)]
pub(crate) struct Receipt {
    state: Mutex<DeliveryState>,
}

#[derive(Debug, Default)]
struct DeliveryState {
    result: Option<Result<(), Failure>>,
    waker: Option<Waker>,
}

impl Receipt {
    /// The delivery report is in.
    pub(crate) fn settle(&self, result: Result<(), Failure>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.result = Some(result);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// It was never sent; returns the failure once more, for the electron in hand.
    pub(crate) fn refuse(&self, failure: Failure) -> Failure {
        let again = failure.restate();
        self.settle(Err(failure));
        again
    }
}

/// Resolves when Kafka has the electron; under exactly-once at once, when it is put aside for the
/// transaction. Dropping it does not cancel the send.
#[derive(Debug)]
pub struct Delivery {
    receipt: Arc<Receipt>,
}

impl Delivery {
    pub(crate) fn new(receipt: Arc<Receipt>) -> Self {
        Self { receipt }
    }
}

impl Future for Delivery {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let mut state = self
            .receipt
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
