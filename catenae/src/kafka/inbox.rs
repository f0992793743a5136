//! What a lane works on next: bounded queues of records, one per input stream.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::message::BorrowedMessage;

use crate::bell::Bell;
use crate::errands::Errands;
use crate::inputs::Scheduler;
use crate::kafka::Hand;
use crate::tracker::{PartitionId, Slot};

/// A record on its way to a lane; its bytes lie in the consumer's fetch buffer.
pub(crate) struct Item<'c> {
    pub(crate) message: BorrowedMessage<'c>,
    pub(crate) slot: Slot,
    pub(crate) partition: PartitionId,
    pub(crate) generation: u32,
    /// Of the value and the key. Kept here, so that counting does not touch every message again.
    pub(crate) bytes: usize,
}

/// How much of one input waits in an inbox before its intake stops.
const MAX_RECORDS: usize = 2048;
const MAX_BYTES: usize = 4 << 20;

/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(3600);

/// Whether a lane is the first of its micromodule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Yes,
    No,
}

/// The queues between the consumer's thread and one lane.
pub(crate) struct Inbox<'c> {
    state: Mutex<State<'c>>,
    emptied: Condvar,
    /// What the lane does beside its records.
    errands: Arc<Errands>,
    /// Rung when there is something for a lane: the first one shares its bell with the errands.
    arrivals: Arc<Bell>,
    /// What the lane has in hand.
    pub(crate) hand: Hand,
}

struct State<'c> {
    queues: Vec<Queue<'c>>,
    scheduler: Scheduler,
    closed: bool,
}

#[derive(Default)]
struct Queue<'c> {
    items: VecDeque<Item<'c>>,
    bytes: usize,
}

impl Queue<'_> {
    fn is_full(&self) -> bool {
        self.items.len() >= MAX_RECORDS || self.bytes >= MAX_BYTES
    }

    fn has_drained(&self) -> bool {
        self.items.len() <= MAX_RECORDS / 4 && self.bytes <= MAX_BYTES / 4
    }
}

/// What a lane took.
pub(crate) struct Taken {
    /// The input stream it came from.
    pub(crate) input: usize,
}

/// What a lane asks for.
pub(crate) struct Ask<'a> {
    /// How many records at most.
    pub(crate) max: usize,
    /// What it took last, and how many nanoseconds of work that was.
    pub(crate) last: Option<(Taken, f64)>,
    /// Until when it can wait for records.
    pub(crate) until: Option<Instant>,
    /// Inputs of which it takes none now.
    pub(crate) except: &'a [usize],
}

/// What a lane got.
pub(crate) enum Got {
    /// Records of one input.
    Records(Taken),
    /// None until the time that it asked for.
    Nothing,
    /// None yet: an errand is waiting.
    Called,
    /// The inbox is closed; what is still in it stays.
    Closed,
}

impl<'c> Inbox<'c> {
    /// Empty queues for as many inputs as the scheduler knows.
    /// The first lane also runs the jobs among the errands.
    pub(crate) fn new(
        scheduler: Scheduler,
        inputs: usize,
        hand: Hand,
        errands: &Arc<Errands>,
        first: First,
    ) -> Self {
        let mut queues = Vec::new();
        queues.resize_with(inputs, Queue::default);
        Self {
            state: Mutex::new(State {
                queues,
                scheduler,
                closed: false,
            }),
            emptied: Condvar::new(),
            errands: Arc::clone(errands),
            arrivals: match first {
                First::Yes => Arc::clone(&errands.arrivals),
                First::No => Arc::default(),
            },
            hand,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'c>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts staged records in, each with the index of its input; leaves `staged` empty.
    pub(crate) fn put(&self, staged: &mut Vec<(usize, Item<'c>)>) {
        if staged.is_empty() {
            return;
        }
        let mut state = self.lock();
        for (input, item) in staged.drain(..) {
            if state.queues.len() <= input {
                state.queues.resize_with(input + 1, Queue::default);
                state.scheduler.resize(input + 1);
            }
            let queue = &mut state.queues[input];
            queue.bytes += item.bytes;
            queue.items.push_back(item);
        }
        drop(state);
        self.arrivals.ring();
    }

    /// Whether its lane stands still because somebody wants it to.
    pub(crate) fn is_paused(&self) -> bool {
        self.errands.is_paused()
    }

    /// Whether an input's queue is full.
    pub(crate) fn is_full(&self, input: usize) -> bool {
        self.lock().queues.get(input).is_some_and(Queue::is_full)
    }

    /// Whether an input's queue has room enough to be filled again.
    pub(crate) fn has_drained(&self, input: usize) -> bool {
        self.lock().queues.get(input).is_none_or(Queue::has_drained)
    }

    /// Waits, at most `limit`, until no queue is full.
    pub(crate) fn wait_for_room(&self, limit: Duration) {
        let state = self.lock();
        let full = |state: &mut State<'c>| state.queues.iter().any(Queue::is_full);
        let _ = self.emptied.wait_timeout_while(state, limit, full);
    }

    /// Waits for records and moves some of one input into `hand`.
    pub(crate) fn take(&self, mut ask: Ask<'_>, hand: &mut Vec<Item<'c>>) -> Got {
        if let Some((taken, cost)) = ask.last.take() {
            self.lock().scheduler.charge(taken.input, cost);
        }
        let mut got = None;
        loop {
            let limit = ask.until.map_or(A_WHILE, |until| {
                until.saturating_duration_since(Instant::now())
            });
            self.arrivals.wait(limit.min(A_WHILE), || {
                got = self.look(&ask, hand);
                got.is_some()
            });
            match got.take() {
                Some(got) => return got,
                None if limit.is_zero() => return Got::Nothing,
                None => {}
            }
        }
    }

    /// What there is for the lane now.
    fn look(&self, ask: &Ask<'_>, hand: &mut Vec<Item<'c>>) -> Option<Got> {
        let mut state = self.lock();
        if state.closed {
            return Some(Got::Closed);
        }
        if self.errands.is_called() {
            return Some(Got::Called);
        }
        let State {
            queues, scheduler, ..
        } = &mut *state;
        let ready = |input: usize| !queues[input].items.is_empty() && !ask.except.contains(&input);
        let input = scheduler.pick(ready)?;
        let queue = &mut queues[input];
        let was_full = queue.is_full();
        let count = ask.max.min(queue.items.len());
        hand.extend(queue.items.drain(..count));
        let bytes: usize = hand.iter().map(|item| item.bytes).sum();
        queue.bytes = queue.bytes.saturating_sub(bytes);
        if was_full && !queue.is_full() {
            self.emptied.notify_one();
        }
        Some(Got::Records(Taken { input }))
    }

    /// No lane takes anything from now on.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrivals.ring();
        self.emptied.notify_all();
    }

    /// Drops what is left.
    pub(crate) fn clear(&self) {
        for queue in &mut self.lock().queues {
            *queue = Queue::default();
        }
    }
}
