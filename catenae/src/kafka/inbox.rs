//! What a lane works on next: bounded queues of records, one per input stream.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::message::BorrowedMessage;

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

/// The queues between the consumer's thread and one lane.
pub(crate) struct Inbox<'c> {
    state: Mutex<State<'c>>,
    filled: Condvar,
    emptied: Condvar,
    /// What the lane has in hand.
    pub(crate) hand: Hand,
}

struct State<'c> {
    queues: Vec<Queue<'c>>,
    scheduler: Scheduler,
    /// The lane waits for records: else waking it is a system call for nothing.
    hungry: bool,
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
    /// The inbox is closed; what is still in it stays.
    Closed,
}

impl<'c> Inbox<'c> {
    /// Empty queues for as many inputs as the scheduler knows.
    pub(crate) fn new(scheduler: Scheduler, inputs: usize, hand: Hand) -> Self {
        let mut queues = Vec::new();
        queues.resize_with(inputs, Queue::default);
        Self {
            state: Mutex::new(State {
                queues,
                scheduler,
                hungry: false,
                closed: false,
            }),
            filled: Condvar::new(),
            emptied: Condvar::new(),
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
        let hungry = state.hungry;
        drop(state);
        if hungry {
            self.filled.notify_one();
        }
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
    pub(crate) fn take(&self, ask: Ask<'_>, hand: &mut Vec<Item<'c>>) -> Got {
        let mut state = self.lock();
        if let Some((taken, cost)) = ask.last {
            state.scheduler.charge(taken.input, cost);
        }
        loop {
            if state.closed {
                return Got::Closed;
            }
            let State {
                queues, scheduler, ..
            } = &mut *state;
            let ready =
                |input: usize| !queues[input].items.is_empty() && !ask.except.contains(&input);
            if let Some(input) = scheduler.pick(ready) {
                let queue = &mut queues[input];
                let was_full = queue.is_full();
                let count = ask.max.min(queue.items.len());
                hand.extend(queue.items.drain(..count));
                let bytes: usize = hand.iter().map(|item| item.bytes).sum();
                queue.bytes = queue.bytes.saturating_sub(bytes);
                if was_full && !queue.is_full() {
                    self.emptied.notify_one();
                }
                return Got::Records(Taken { input });
            }
            state.hungry = true;
            state = match ask.until {
                None => self
                    .filled
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.hungry = false;
                        return Got::Nothing;
                    }
                    let waited = self.filled.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.hungry = false;
        }
    }

    /// No lane takes anything from now on.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Drops what is left.
    pub(crate) fn clear(&self) {
        for queue in &mut self.lock().queues {
            *queue = Queue::default();
        }
    }
}
