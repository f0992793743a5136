//! Stopping: who asked for it and why, the signals that ask from outside, and the end of the process.

mod exit;
mod kinds;
mod meaning;
mod signals;
mod untold;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time;

use crate::bell::Bell;
use crate::error::Error;

pub(crate) use exit::{RunGuard, UnfinishedFate, begin};
pub(crate) use meaning::Process;
pub(crate) use signals::{Attended, attend, listen};
pub(crate) use untold::{say_all, told_elsewhere};

/// Why a micromodule stops although nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// SIGTERM, SIGINT or SIGHUP.
    Signal(&'static str),
    /// The user's code called `Context::stop`.
    Asked(String),
    /// Somebody called the method `stop`.
    Called(String),
    /// A source came to its end, and there is nothing else to do.
    SourceEnded,
    /// The topology it belongs to stops.
    Topology,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(name) => write!(f, "{name} received"),
            Self::Asked(reason) | Self::Called(reason) => write!(f, "asked to stop: {reason}"),
            Self::SourceEnded => f.write_str("the source came to its end"),
            Self::Topology => f.write_str("the topology stops"),
        }
    }
}

/// The handle of one instance, or of a topology as a whole: its name, whether and why it stops, and the bell that wakes
/// its threads.
#[derive(Debug)]
pub(crate) struct InstanceHandle {
    who: String,
    stopping: AtomicBool,
    /// A signal asked for it.
    signaled: AtomicBool,
    /// It ends as a crash would end it.
    killed: AtomicBool,
    /// Everything has ended.
    closed: AtomicBool,
    cause: Mutex<StopCause>,
    told: watch::Sender<bool>,
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct StopCause {
    since: Option<Instant>,
    reason: Option<StopReason>,
    error: Option<Error>,
}

impl StopCause {
    /// The first reason is kept. What has failed stops for that alone.
    fn give(&mut self, reason: StopReason) {
        if self.error.is_none() {
            self.reason.get_or_insert(reason);
        }
    }
}

impl InstanceHandle {
    /// One that runs; `who` it is, as log and errors name it.
    pub(crate) fn new(who: impl Into<String>) -> Self {
        Self {
            who: who.into(),
            stopping: AtomicBool::new(false),
            signaled: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            cause: Mutex::default(),
            told: watch::Sender::new(false),
            bell: Arc::default(),
        }
    }

    /// Asks for an orderly stop; the first reason is kept. What has failed stops for that alone.
    pub(crate) fn stop(&self, reason: StopReason) {
        self.note(|cause| cause.give(reason));
    }

    /// Ends it as a crash would, as far as one thread can end another: nothing that it began is waited for or
    /// committed.
    pub(crate) fn kill(&self, reason: StopReason) {
        self.killed.store(true, Ordering::SeqCst);
        self.stop(reason);
    }

    /// Whether it was killed.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Something failed: stops, and the exit status is 1; the first error is kept.
    pub(crate) fn fail(&self, error: Error) {
        self.note(|cause| {
            match &cause.error {
                // What comes after the first is nearly always a consequence.
                Some(_) => {
                    tracing::info!("a further error after the first: {}", error.with_causes())
                }
                None => {
                    untold::keep(error.with_causes());
                    cause.error = Some(error);
                }
            }
        });
    }

    fn note(&self, change: impl FnOnce(&mut StopCause)) {
        self.note_and_say(change, || {});
    }

    /// `say` runs once the stop has begun. Whoever ends asks for the reason first, and waits for this lock, so it
    /// is said before the end.
    fn note_and_say(&self, change: impl FnOnce(&mut StopCause), say: impl FnOnce()) {
        let mut cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut cause);
        cause.since.get_or_insert_with(Instant::now);
        self.stopping.store(true, Ordering::SeqCst);
        say();
        // Who waits for the bell may hold its lock and ask for the reason.
        drop(cause);
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

    /// A signal asks for an orderly stop; `say` tells of it as soon as it has begun.
    pub(crate) fn signal(&self, reason: StopReason, say: impl FnOnce()) {
        self.signaled.store(true, Ordering::SeqCst);
        self.note_and_say(|cause| cause.give(reason), say);
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

    /// Whether it stops because an output was not delivered.
    pub(crate) fn failed_to_deliver(&self) -> bool {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.error.as_ref().is_some_and(Error::is_delivery)
    }

    /// Puts the reason in the place of the error that was its consequence.
    pub(crate) fn explain(&self, reason: Error) {
        let mut cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(consequence) = &cause.error {
            let consequence = consequence.with_causes();
            tracing::info!("first seen as: {consequence}");
            told_elsewhere(&consequence);
        }
        untold::keep(reason.with_causes());
        cause.error = Some(reason);
    }

    /// Whether it stops because the user's code panicked with the state in hand.
    pub(crate) fn has_panicked(&self) -> bool {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.error.as_ref().is_some_and(Error::is_panic)
    }

    /// Everything has ended, and what runs on is only cancelled.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Whether everything has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
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

    /// Waits until something fails, also after the stop.
    pub(crate) async fn failed(&self) {
        let mut told = self.told.subscribe();
        // Every failure is told, and the sender lives in `self`.
        while !self.has_failed() && told.changed().await.is_ok() {}
    }

    /// Waits until it is asked to stop.
    pub(crate) async fn stopped(&self) {
        let mut told = self.told.subscribe();
        // The sender lives in `self`, so the channel cannot close under this wait.
        let _ = told.wait_for(|told| *told).await;
    }

    /// It, as log and errors name it: class and uid, or the name of the topology.
    pub(crate) fn who(&self) -> &str {
        &self.who
    }

    /// The bell of all threads that wait for something of it. It is rung as well when it is asked to stop.
    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Blocks for `limit` or until it is asked to stop.
    pub(crate) fn wait(&self, limit: Duration) {
        self.bell.wait(limit, || self.is_stopping());
    }
}

/// An error is logged as well when the end that would print it takes longer: whoever stops the process may
/// lose patience. A flush without a broker takes three seconds.
const PRINTED_WITHIN: Duration = Duration::from_secs(5);

/// Once `instance` stops, the process ends within `limit`.
pub(crate) fn end_in_time(runtime: &Handle, instance: Arc<InstanceHandle>, limit: Duration) {
    runtime.spawn(async move {
        instance.stopped().await;
        end_by(limit).await;
    });
}

/// Ends the process with status 1 when it has not ended by itself `deadline` from now.
async fn end_by(deadline: Duration) {
    let soon = deadline.min(PRINTED_WITHIN);
    time::sleep(soon).await;
    say_all();
    time::sleep(deadline - soon).await;
    say_all();
    tracing::error!(
        "the shutdown took longer than {} s: exiting with status 1; what was not committed is \
         read again at the next start",
        deadline.as_secs_f32()
    );
    exit::end(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever reads that it stops may rely on it: what waits for the state is not begun any more.
    #[test]
    fn what_a_signal_says_is_true_when_it_is_said() {
        let instance = InstanceHandle::new("mapper/1");
        let mut said = false;
        instance.signal(StopReason::Signal("SIGTERM"), || {
            said = true;
            assert!(instance.is_stopping());
        });
        assert!(said);
        assert_eq!(instance.reason(), Some(StopReason::Signal("SIGTERM")));
    }
}
