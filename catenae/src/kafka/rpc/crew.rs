//! Threads for methods that run beside the lane: as many as there are methods that wait at once.
//!
//! A job never waits for another one to end, and yet a burst of short ones wakes few threads: at most one
//! is on its way at a time, and when it has come and finds more than it takes, it calls the next.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

/// How long a thread without work is kept.
const KEPT: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce() + Send>;

/// The threads of one micromodule, borrowed from its runtime.
pub(super) struct Crew {
    runtime: Handle,
    jobs: Mutex<Jobs>,
    called: Condvar,
}

#[derive(Default)]
struct Jobs {
    queue: VecDeque<Job>,
    /// Threads that wait for a job.
    idle: usize,
    /// Whether one was called that has not come yet.
    is_coming: bool,
    closed: bool,
}

impl Crew {
    /// Nobody yet.
    pub(super) fn new(runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            jobs: Mutex::default(),
            called: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job done at once.
    pub(super) fn leave(self: &Arc<Self>, job: impl FnOnce() + Send + 'static) {
        let mut jobs = self.lock();
        jobs.queue.push_back(Box::new(job));
        self.call(&mut jobs);
    }

    /// Lets the threads go that have nothing to do.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.called.notify_all();
    }

    /// Makes one come, unless one is on its way, which will see what there is.
    fn call(self: &Arc<Self>, jobs: &mut Jobs) {
        if jobs.is_coming || jobs.queue.is_empty() {
            return;
        }
        jobs.is_coming = true;
        if jobs.idle > 0 {
            self.called.notify_one();
        } else {
            let crew = Arc::clone(self);
            drop(self.runtime.spawn_blocking(move || crew.work()));
        }
    }

    fn work(self: &Arc<Self>) {
        let mut jobs = self.lock();
        loop {
            // It has come, or its time is over: either way it looks.
            jobs.is_coming = false;
            while let Some(job) = jobs.queue.pop_front() {
                self.call(&mut jobs);
                drop(jobs);
                job();
                jobs = self.lock();
            }
            if jobs.closed {
                return;
            }
            jobs.idle += 1;
            let waited = self.called.wait_timeout(jobs, KEPT);
            let timeout;
            (jobs, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            jobs.idle -= 1;
            if timeout.timed_out() && jobs.queue.is_empty() {
                jobs.is_coming = false;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;

    fn wait_until(done: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < end, "it does not come to that");
            std::thread::yield_now();
        }
    }

    #[test]
    fn jobs_that_wait_for_each_other_all_run() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let crew = Crew::new(runtime.handle().clone());
        let begun = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let begun = Arc::clone(&begun);
            crew.leave(move || {
                begun.fetch_add(1, Ordering::SeqCst);
                wait_until(|| begun.load(Ordering::SeqCst) == 100);
            });
        }
        wait_until(|| begun.load(Ordering::SeqCst) == 100);
        // The same threads, called anew.
        for round in 1..=200 {
            let begun = Arc::clone(&begun);
            let due = 100 + round;
            let seen = Arc::clone(&begun);
            crew.leave(move || {
                begun.fetch_add(1, Ordering::SeqCst);
            });
            if round % 10 == 0 {
                wait_until(|| seen.load(Ordering::SeqCst) == due);
            }
        }
        crew.close();
    }
}
