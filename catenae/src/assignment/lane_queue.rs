//! The queue of a lane: calls that need its state, which it runs between two electrons.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bell::Bell;
use crate::context::Context;
use crate::outcome::Failure;
use crate::pause::Pause;

/// A call that waits for the state of the link.
pub(crate) trait Job: Send {
    /// Runs it on the lane; `state` is the link's.
    fn run(&mut self, state: &mut dyn Any, context: &Context) -> StateLeft;
    /// Answers; `unsent` is what went wrong with what it sent.
    fn answer(self: Box<Self>, unsent: Option<Failure>);
    /// Nobody will run it any more.
    fn refuse(self: Box<Self>);
    /// Whether nobody waits for the answer any more: then it is answered without having run.
    fn is_late(&self) -> bool;
}

/// How a job left the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateLeft {
    /// As a method leaves it.
    Whole,
    /// A method that may change it panicked in the middle.
    Torn,
}

/// The calls that wait for the lane of one micromodule.
pub(crate) struct LaneQueue {
    jobs: Mutex<QueueState>,
    /// How many jobs wait, so that a lane need not lock to find none.
    waiting: AtomicUsize,
    /// Whether the lanes stand still.
    pub(crate) pause: Arc<Pause>,
    /// Rung for a lane that waits for electrons.
    pub(crate) arrivals: Arc<Bell>,
    /// Rung for everybody else of the micromodule.
    bell: Arc<Bell>,
}

struct QueueState {
    queue: VecDeque<Box<dyn Job>>,
    /// No lane takes any more.
    closed: bool,
}

impl LaneQueue {
    /// None yet; `bell` is that of the micromodule.
    pub(crate) fn new(bell: Arc<Bell>) -> Self {
        let arrivals: Arc<Bell> = Arc::default();
        let pause = Pause::new([Arc::clone(&arrivals), Arc::clone(&bell)]);
        Self {
            jobs: Mutex::new(QueueState {
                queue: VecDeque::new(),
                closed: false,
            }),
            waiting: AtomicUsize::new(0),
            pause: Arc::new(pause),
            arrivals,
            bell,
        }
    }

    fn jobs(&self) -> MutexGuard<'_, QueueState> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a job for the lane; it is refused when there is none any more.
    pub(crate) fn leave(&self, job: Box<dyn Job>) {
        let mut jobs = self.jobs();
        if jobs.closed {
            drop(jobs);
            return job.refuse();
        }
        jobs.queue.push_back(job);
        self.waiting.store(jobs.queue.len(), Ordering::SeqCst);
        drop(jobs);
        self.ring();
    }

    /// Takes the next job.
    pub(crate) fn take(&self) -> Option<Box<dyn Job>> {
        if !self.is_called() {
            return None;
        }
        let mut jobs = self.jobs();
        let job = jobs.queue.pop_front();
        self.waiting.store(jobs.queue.len(), Ordering::SeqCst);
        job
    }

    /// Lets go of the jobs for which nobody waits any more: a lane that hangs must not keep room from
    /// those that come.
    pub(crate) fn drop_late(&self) {
        if !self.is_called() {
            return;
        }
        let mut jobs = self.jobs();
        let (late, left) = std::mem::take(&mut jobs.queue)
            .into_iter()
            .partition::<VecDeque<_>, _>(|job| job.is_late());
        jobs.queue = left;
        self.waiting.store(jobs.queue.len(), Ordering::SeqCst);
        drop(jobs);
        for job in late {
            job.answer(None);
        }
    }

    /// How many jobs wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether a job waits.
    pub(crate) fn is_called(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Refuses what waits, and what comes from now on.
    pub(crate) fn close(&self) {
        let mut jobs = self.jobs();
        jobs.closed = true;
        let left = std::mem::take(&mut jobs.queue);
        self.waiting.store(0, Ordering::SeqCst);
        drop(jobs);
        for job in left {
            job.refuse();
        }
    }

    fn ring(&self) {
        self.arrivals.ring();
        self.bell.ring();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    /// Counts how often one of its kind was refused, or answered; the kind is late, or is not.
    struct Counted(Arc<AtomicU32>, bool);

    impl Job for Counted {
        fn run(&mut self, _: &mut dyn Any, _: &Context) -> StateLeft {
            StateLeft::Whole
        }

        fn answer(self: Box<Self>, _: Option<Failure>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn refuse(self: Box<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn is_late(&self) -> bool {
            self.1
        }
    }

    #[test]
    fn jobs_are_taken_in_order_and_refused_when_no_lane_is_left() {
        let lane_queue = LaneQueue::new(Arc::default());
        let refused = Arc::new(AtomicU32::new(0));
        assert!(lane_queue.take().is_none());
        for _ in 0..3 {
            lane_queue.leave(Box::new(Counted(Arc::clone(&refused), false)));
        }
        assert!(lane_queue.is_called());
        assert!(lane_queue.take().is_some());
        lane_queue.close();
        assert!(!lane_queue.is_called());
        assert_eq!(refused.load(Ordering::Relaxed), 2);
        lane_queue.leave(Box::new(Counted(Arc::clone(&refused), false)));
        assert_eq!(
            refused.load(Ordering::Relaxed),
            3,
            "nobody is left to run it"
        );
    }

    #[test]
    fn those_that_are_late_are_let_go_and_the_others_keep_their_order() {
        let lane_queue = LaneQueue::new(Arc::default());
        let counts = [const { AtomicU32::new(0) }; 2].map(Arc::new);
        for is_late in [true, false, true, true, false] {
            let count = Arc::clone(&counts[usize::from(is_late)]);
            lane_queue.leave(Box::new(Counted(count, is_late)));
        }
        lane_queue.drop_late();
        let count = |at: usize| counts[at].load(Ordering::Relaxed);
        assert_eq!((count(0), count(1)), (0, 3));
        assert_eq!(lane_queue.waiting(), 2);
        assert!(!lane_queue.take().expect("one waits").is_late());
    }
}
