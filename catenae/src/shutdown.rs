//! Stopping: who asked for it and why, and the signals that ask from outside.

mod signals;

use std::fmt;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time;

use crate::bell::Bell;
use crate::error::Error;

pub(crate) use signals::{Process, attend, listen};

/// Why a micromodule stops although nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// SIGTERM or SIGINT.
    Signal(&'static str),
    /// The user's code called `Context::stop`.
    Asked(String),
    /// A source came to its end, and there is nothing else to do.
    SourceEnded,
    /// The topology it belongs to stops.
    Topology,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(name) => write!(f, "{name} received"),
            Self::Asked(reason) => write!(f, "asked to stop: {reason}"),
            Self::SourceEnded => f.write_str("the source came to its end"),
            Self::Topology => f.write_str("the topology stops"),
        }
    }
}

/// One micromodule's way to stop, shared by all its threads.
#[derive(Debug)]
pub(crate) struct Stopper {
    stopping: AtomicBool,
    /// A signal asked for it.
    signaled: AtomicBool,
    cause: Mutex<Cause>,
    told: watch::Sender<bool>,
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Cause {
    since: Option<Instant>,
    reason: Option<StopReason>,
    error: Option<Error>,
}

impl Stopper {
    /// A micromodule that runs; `bell` is rung when it is asked to stop.
    pub(crate) fn new(bell: Arc<Bell>) -> Self {
        Self {
            stopping: AtomicBool::new(false),
            signaled: AtomicBool::new(false),
            cause: Mutex::default(),
            told: watch::Sender::new(false),
            bell,
        }
    }

    /// Asks for an orderly stop; the first reason is kept. What has failed stops for that alone.
    pub(crate) fn stop(&self, reason: StopReason) {
        self.note(|cause| {
            if cause.error.is_none() {
                cause.reason.get_or_insert(reason);
            }
        });
    }

    /// Something failed: stops, and the exit status is 1; the first error is kept.
    pub(crate) fn fail(&self, error: Error) {
        self.note(|cause| {
            // At once: a deadline or a second signal may end the process before `main` prints it.
            tracing::error!("{}", error.with_causes());
            cause.error.get_or_insert(error);
        });
    }

    fn note(&self, change: impl FnOnce(&mut Cause)) {
        let mut cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut cause);
        cause.since.get_or_insert_with(Instant::now);
        drop(cause);
        self.stopping.store(true, Ordering::SeqCst);
        self.told.send_replace(true);
        self.bell.ring();
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// When it was asked to stop.
    pub(crate) fn since(&self) -> Option<Instant> {
        if !self.is_stopping() {
            return None;
        }
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.since
    }

    /// What is left of `limit`, which began when it was asked to stop.
    pub(crate) fn left(&self, limit: Duration) -> Duration {
        limit.saturating_sub(self.since().map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// A signal asks for an orderly stop.
    pub(crate) fn signal(&self, reason: StopReason) {
        self.signaled.store(true, Ordering::SeqCst);
        self.stop(reason);
    }

    /// Whether a signal has asked for it.
    pub(crate) fn was_signaled(&self) -> bool {
        self.signaled.load(Ordering::SeqCst)
    }

    /// Whether it stops because something failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error
            .is_some()
    }

    /// Whether it stops because the user's code panicked.
    pub(crate) fn has_panicked(&self) -> bool {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.error.as_ref().is_some_and(Error::is_panic)
    }

    /// The reason of an orderly stop, if one was given.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        self.cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reason
            .clone()
    }

    /// How it ended: the first error, if there was one.
    pub(crate) fn outcome(&self) -> Result<(), Error> {
        let error = self
            .cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error
            .take();
        error.map_or(Ok(()), Err)
    }

    /// Waits until it is asked to stop.
    pub(crate) async fn stopped(&self) {
        let mut told = self.told.subscribe();
        // The sender lives in `self`, so the channel cannot close under this wait.
        let _ = told.wait_for(|told| *told).await;
    }

    /// The bell that is rung when it is asked to stop.
    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Blocks for `limit` or until it is asked to stop.
    pub(crate) fn wait(&self, limit: Duration) {
        self.bell.wait(limit, || self.is_stopping());
    }
}

/// Once `stopper` stops, the process ends within `limit`.
pub(crate) fn end_in_time(runtime: &Handle, stopper: Arc<Stopper>, limit: Duration) {
    runtime.spawn(async move {
        stopper.stopped().await;
        end_by(limit).await;
    });
}

/// Ends the process with status 1 when it has not ended by itself `deadline` from now.
async fn end_by(deadline: Duration) {
    time::sleep(deadline).await;
    tracing::error!(
        "the shutdown took longer than {} s: exiting with status 1; what was not committed is \
         read again at the next start",
        deadline.as_secs_f32()
    );
    process::exit(1);
}
