//! Who listens: the thread that reads also runs what is quick, and another one takes the lead when that lasts.
//!
//! To hand a request to another thread costs more than most methods. So a method that was quick the last
//! time runs where it was read, but only while another thread watches: it looks every few milliseconds,
//! and when a method has not come back by then, it goes on reading in its place. The thread that was kept
//! finds the lead taken when it comes back, and goes. (The pattern is known as leader/followers: Schmidt et
//! al., Pattern-Oriented Software Architecture 2, 2000; handing on only when it lasts is how Go's `sysmon`
//! takes a processor from a thread that hangs in a system call.)

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::CallsShared;
use crate::context::Context;
use crate::error::{Error, ErrorKind};
use crate::rpc::transport::invocation::Invocation;
use crate::rpc::transport::reader::CallReader;

/// A method that took no longer is quick: about what the way to another thread takes.
pub(super) const QUICK: Duration = Duration::from_micros(50);
/// How long a method may keep the one who listens, before another one does; twice that at most.
pub(super) const STEP: Duration = Duration::from_millis(5);
/// When nothing quick has run for so long, nobody watches.
const QUIET: Duration = Duration::from_millis(100);

/// The place of the one who listens.
pub(super) struct Leadership {
    shared: Arc<CallsShared>,
    context: Context,
    /// Locked by who listens; nothing once the micromodule has ended.
    reader: Mutex<Option<CallReader>>,
    watch: Mutex<Watchdog>,
}

/// What the watch knows. No clock is read here.
#[derive(Debug, Default)]
struct Watchdog {
    is_kept: bool,
    /// The run of a quick method by the one who listens, and when it began.
    running: Option<(u64, Instant)>,
    runs: u64,
    last: Option<Instant>,
}

/// What the one who watches does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WatchdogStep {
    Look,
    /// Listen: the one who did is kept by a method.
    Listen,
    /// Go: there is nothing to watch.
    Go,
}

impl Watchdog {
    /// A thread offers to watch. Returns whether it does: one is enough.
    fn keep(&mut self, now: Instant) -> bool {
        self.last = Some(now);
        !std::mem::replace(&mut self.is_kept, true)
    }

    /// A quick method is about to run; returns its run, and nothing when nobody watches.
    fn begin(&mut self, now: Instant) -> Option<u64> {
        if !self.is_kept {
            return None;
        }
        self.runs += 1;
        self.running = Some((self.runs, now));
        Some(self.runs)
    }

    /// A run has come to its end.
    fn end(&mut self, run: u64, now: Instant) {
        // Another one may have begun since, with the lead that this one has lost.
        if self.running.is_some_and(|(running, _)| running == run) {
            self.running = None;
            self.last = Some(now);
        }
    }

    fn look(&mut self, now: Instant) -> WatchdogStep {
        let since = |at: Instant| now.saturating_duration_since(at);
        let next = match (self.running, self.last) {
            (Some((_, began)), _) if since(began) >= STEP => WatchdogStep::Listen,
            (Some(_), _) => WatchdogStep::Look,
            (None, Some(last)) if since(last) < QUIET => WatchdogStep::Look,
            (None, _) => WatchdogStep::Go,
        };
        if next != WatchdogStep::Look {
            self.is_kept = false;
            self.running = None;
        }
        next
    }
}

impl Leadership {
    pub(super) fn new(
        shared: &Arc<CallsShared>,
        context: Context,
        reader: CallReader,
    ) -> Arc<Self> {
        Arc::new(Self {
            shared: Arc::clone(shared),
            context,
            reader: Mutex::new(Some(reader)),
            watch: Mutex::default(),
        })
    }

    fn watch(&self) -> MutexGuard<'_, Watchdog> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<MutexGuard<'_, Option<CallReader>>> {
        match self.reader.try_lock() {
            Ok(reader) => Some(reader),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Listens until the micromodule has ended, or until another thread does. That calls end silently would
    /// be worse than that the micromodule does: a panic stops it.
    pub(super) fn listen(self: &Arc<Self>) {
        if catch_unwind(AssertUnwindSafe(|| self.listen_on())).is_err() {
            let error = Error::new(ErrorKind::Lifecycle, "the thread of calls panicked");
            self.shared.instance.fail(error);
            self.leave();
        }
    }

    fn listen_on(self: &Arc<Self>) {
        let _identity = self.shared.identity.enter();
        while let Some(mut leadership) = self.take() {
            let Some(reader) = &mut *leadership else {
                return;
            };
            let Some(work) = reader.next(self) else {
                // The client is closed before anybody is told.
                drop(leadership.take());
                return self.leave();
            };
            drop(leadership);
            // Not before: the watchdog must find the lead free, or a thread that has it and reads.
            let begun = self.watch().begin(Instant::now());
            let Some(run) = begun else {
                self.hand_over(work);
                continue;
            };
            work.run_beside(&self.context);
            self.watch().end(run, Instant::now());
        }
    }

    fn leave(&self) {
        self.shared.left.store(true, Ordering::SeqCst);
        self.shared.instance.bell().ring();
    }

    /// Has a method run that needs no state: by the one who listens, to whom it is given back, when it
    /// is quick and somebody watches; else by another thread, which watches afterwards.
    pub(super) fn run_beside(self: &Arc<Self>, work: Invocation) -> Option<Invocation> {
        if work.is_quick() && self.watch().is_kept {
            return Some(work);
        }
        self.hand_over(work);
        None
    }

    fn hand_over(self: &Arc<Self>, work: Invocation) {
        let leadership = Arc::clone(self);
        self.shared.pool.leave(move || {
            // It may wait for whatever it likes.
            let was_quick = work.run_beside(&leadership.context);
            if was_quick {
                leadership.keep_watch();
            }
        });
    }

    /// Sees to it that somebody listens, for as long as quick methods run.
    fn keep_watch(self: &Arc<Self>) {
        if !self.watch().keep(Instant::now()) {
            return;
        }
        loop {
            thread::sleep(STEP);
            let next = self.watch().look(Instant::now());
            if self.shared.has_ended() {
                // So that it is seen, also when the one who listened is kept.
                return self.listen();
            }
            match next {
                WatchdogStep::Look => {}
                WatchdogStep::Listen => return self.listen(),
                WatchdogStep::Go => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_where_it_was_read_unless_somebody_watches() {
        let start = Instant::now();
        let mut watch = Watchdog::default();
        assert_eq!(watch.begin(start), None);
        assert!(watch.keep(start));
        assert!(!watch.keep(start), "one is enough");
        assert!(watch.begin(start).is_some());
    }

    #[test]
    fn a_run_that_lasts_has_somebody_else_listen() {
        let start = Instant::now();
        let mut watch = Watchdog::default();
        watch.keep(start);
        let kept = watch.begin(start).expect("somebody watches");
        assert_eq!(watch.look(start + STEP / 2), WatchdogStep::Look);
        assert_eq!(watch.look(start + STEP), WatchdogStep::Listen);
        // The one who watched listens now: nobody watches.
        assert_eq!(watch.begin(start + STEP), None);
        assert!(watch.keep(start + STEP));
        watch.begin(start + STEP).expect("somebody watches again");
        // The end of the first run does not end the watch over the second.
        watch.end(kept, start + STEP * 2);
        assert_eq!(watch.look(start + STEP * 2), WatchdogStep::Listen);
    }

    #[test]
    fn nobody_watches_when_all_is_quiet() {
        let start = Instant::now();
        let mut watch = Watchdog::default();
        watch.keep(start);
        let run = watch.begin(start).expect("somebody watches");
        watch.end(run, start + QUIET / 2);
        assert_eq!(watch.look(start + QUIET), WatchdogStep::Look);
        assert_eq!(watch.look(start + QUIET * 3 / 2), WatchdogStep::Go);
        assert_eq!(watch.begin(start + QUIET * 3 / 2), None);
    }
}
