//! Threads for methods that run beside the lane: as many as there are methods that wait at once.
//!
//! A job never waits for another one to end, and yet a burst of short ones wakes few threads: at most one
//! is on its way at a time, and when it has come and finds more than it takes, it calls the next.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// How long a thread without work is kept.
const KEPT: Duration = Duration::from_secs(5);

type PoolJob = Box<dyn FnOnce() + Send>;

/// The threads of one micromodule, borrowed from its runtime.
pub(super) struct WorkerPool {
    runtime: Handle,
    jobs: Mutex<PoolState>,
}

#[derive(Default)]
struct PoolState {
    queue: VecDeque<PoolJob>,
    /// Threads that wait for a job; the last one to come is the first to go, since it is still warm.
    idle: Vec<Thread>,
    /// Whether one was called that has not come yet.
    is_coming: bool,
    closed: bool,
}

/// Who is to be called, once the jobs are unlocked: woken earlier, it would have to sleep once more.
enum Wake {
    Nobody,
    Idle(Thread),
    New,
}

impl WorkerPool {
    /// Nobody yet.
    pub(super) fn new(runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            jobs: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job done at once.
    pub(super) fn leave(self: &Arc<Self>, job: impl FnOnce() + Send + 'static) {
        let called = {
            let mut jobs = self.lock();
            jobs.queue.push_back(Box::new(job));
            jobs.call()
        };
        self.wake(called);
    }

    /// Lets the threads go that have nothing to do.
    pub(super) fn close(&self) {
        let idle = {
            let mut jobs = self.lock();
            jobs.closed = true;
            std::mem::take(&mut jobs.idle)
        };
        for thread in idle {
            thread.unpark();
        }
    }

    fn wake(self: &Arc<Self>, called: Wake) {
        match called {
            Wake::Nobody => {}
            Wake::Idle(thread) => thread.unpark(),
            Wake::New => {
                let pool = Arc::clone(self);
                drop(self.runtime.spawn_blocking(move || pool.work()));
            }
        }
    }

    fn work(self: &Arc<Self>) {
        let mut jobs = self.lock();
        // It was called.
        jobs.is_coming = false;
        loop {
            while let Some(job) = jobs.queue.pop_front() {
                let called = jobs.call();
                drop(jobs);
                self.wake(called);
                // A method that panics is caught before; this thread goes on in any case.
                let _ = catch_unwind(AssertUnwindSafe(job));
                jobs = self.lock();
            }
            if jobs.closed {
                return;
            }
            jobs = match self.rest(jobs) {
                Some(jobs) => jobs,
                None => return,
            };
        }
    }

    /// Waits to be called, at most [`KEPT`]; nothing when it was not.
    fn rest<'c>(
        &'c self,
        mut jobs: MutexGuard<'c, PoolState>,
    ) -> Option<MutexGuard<'c, PoolState>> {
        let (me, end) = (thread::current(), Instant::now() + KEPT);
        jobs.idle.push(me.clone());
        loop {
            drop(jobs);
            thread::park_timeout(end.saturating_duration_since(Instant::now()));
            jobs = self.lock();
            // Who calls a thread takes it from the list.
            let Some(at) = jobs.idle.iter().position(|idle| idle.id() == me.id()) else {
                jobs.is_coming = false;
                return Some(jobs);
            };
            if Instant::now() >= end {
                jobs.idle.remove(at);
                // One that was called, and has not come because there is no thread to be had, is not waited for.
                return (!jobs.queue.is_empty()).then_some(jobs);
            }
        }
    }
}

impl PoolState {
    /// Decides who is to come, unless one is on its way, which will see what there is.
    fn call(&mut self) -> Wake {
        if self.is_coming || self.queue.is_empty() {
            return Wake::Nobody;
        }
        self.is_coming = true;
        self.idle.pop().map_or(Wake::New, Wake::Idle)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn wait_until(done: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < end, "it does not come to that");
            // A hundred that spin would keep the hundredth from its turn.
            thread::park_timeout(Duration::from_millis(1));
        }
    }

    #[test]
    fn jobs_that_wait_for_each_other_all_run() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let pool = WorkerPool::new(runtime.handle().clone());
        let begun = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let begun = Arc::clone(&begun);
            pool.leave(move || {
                begun.fetch_add(1, Ordering::SeqCst);
                wait_until(|| begun.load(Ordering::SeqCst) >= 100);
            });
        }
        wait_until(|| begun.load(Ordering::SeqCst) == 100);
        // The same threads, called again.
        for round in 1..=200 {
            let begun = Arc::clone(&begun);
            let due = 100 + round;
            let seen = Arc::clone(&begun);
            pool.leave(move || {
                begun.fetch_add(1, Ordering::SeqCst);
            });
            if round % 10 == 0 {
                wait_until(|| seen.load(Ordering::SeqCst) == due);
            }
        }
        pool.close();
    }
}
