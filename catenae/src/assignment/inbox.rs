//! What a lane works on next: bounded queues of records, one per input stream.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::assignment::hand::InHandCell;
use crate::assignment::lane_queue::LaneQueue;
use crate::assignment::returned::RereadElectron;
use crate::bell::Bell;
use crate::inputs::{Look, Scheduler, Turn};
use crate::kafka::client::record::FetchedRecord;
use crate::settle::tracker::{PartitionId, Slot};

/// A record on its way to a lane; its bytes lie in the consumer's fetch buffer.
pub(crate) struct InboxRecord<'c> {
    pub(crate) record: FetchedRecord<'c>,
    pub(crate) slot: Slot,
    pub(crate) partition: PartitionId,
    pub(crate) generation: u32,
    /// Of the value and the key. Kept here, so that counting does not touch every message again.
    pub(crate) bytes: usize,
}

/// How much of one input waits in an inbox before no more is taken for it.
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

/// The queues of one lane. It fills them itself, and other lanes do when they find something for it.
pub(crate) struct Inbox<'c> {
    state: Mutex<InboxState<'c>>,
    /// What the lane does beside its records.
    lane_queue: Arc<LaneQueue>,
    /// Rung when there is something for a lane: the first one shares its bell with the queue of calls.
    arrivals: Arc<Bell>,
    /// How often an empty queue got something, of another input than that of what was taken last.
    filled: AtomicU64,
    /// What the lane has in hand.
    pub(crate) hand: Arc<InHandCell>,
}

struct InboxState<'c> {
    queues: Vec<Queue<'c>>,
    /// Electrons that come back, because an output of theirs was refused.
    returned: VecDeque<Box<RereadElectron>>,
    scheduler: Scheduler,
    /// The input of what was taken last.
    taken: Option<usize>,
    closed: bool,
}

impl InboxState<'_> {
    /// Inputs may come while it runs.
    fn widen(&mut self, inputs: usize) {
        if self.queues.len() < inputs {
            self.queues.resize_with(inputs, Queue::default);
            self.scheduler.resize(inputs);
        }
    }
}

#[derive(Default)]
struct Queue<'c> {
    items: VecDeque<InboxRecord<'c>>,
    bytes: usize,
}

impl Queue<'_> {
    fn is_full(&self) -> bool {
        self.items.len() >= MAX_RECORDS || self.bytes >= MAX_BYTES
    }
}

/// What a lane took.
pub(crate) struct TakenItem {
    /// The input stream it came from.
    pub(crate) input: usize,
    /// Whether its queue was full, and is no longer.
    pub(crate) made_room: bool,
}

/// What a lane asks for.
pub(crate) struct TakeOptions<'a> {
    /// How many records at most.
    pub(crate) max: usize,
    /// What it took last, and how many nanoseconds of work that was.
    pub(crate) last: Option<(TakenItem, f64)>,
    /// Until when it can wait for records.
    pub(crate) until: Option<Instant>,
    /// Inputs of which it takes none now.
    pub(crate) except: &'a [usize],
    /// How many inputs there are, and whether there is something of one that is not in the inbox yet.
    pub(crate) inputs: &'a dyn Fn() -> usize,
    pub(crate) elsewhere: &'a dyn Fn(usize) -> bool,
    /// The same, whether or not there is room to take it.
    pub(crate) lies: &'a dyn Fn(usize) -> bool,
    /// Whether more of an input is under way, when there is nothing of it.
    pub(crate) comes: &'a dyn Fn(usize) -> bool,
}

/// What a lane got.
pub(crate) enum Got {
    /// Records of one input.
    Records(TakenItem),
    /// None, since the turn is at an input whose records are elsewhere: the inbox is to be filled with them.
    Elsewhere(usize),
    /// An electron that was let go, and of which an output was refused.
    Returned(Box<RereadElectron>),
    /// None, since more of a more urgent input is under way.
    Waits,
    /// None until the time that it asked for.
    Nothing,
    /// None yet: a call that needs the state is waiting.
    Called,
    /// The inbox is closed; what is still in it stays.
    Closed,
}

impl<'c> Inbox<'c> {
    /// Empty queues for as many inputs as the scheduler knows.
    /// The first lane also runs the calls that need the state.
    pub(crate) fn new(
        scheduler: Scheduler,
        inputs: usize,
        hand: Arc<InHandCell>,
        lane_queue: &Arc<LaneQueue>,
        first: First,
    ) -> Self {
        let mut queues = Vec::new();
        queues.resize_with(inputs, Queue::default);
        Self {
            state: Mutex::new(InboxState {
                queues,
                returned: VecDeque::new(),
                scheduler,
                taken: None,
                closed: false,
            }),
            lane_queue: Arc::clone(lane_queue),
            arrivals: match first {
                First::Yes => Arc::clone(&lane_queue.arrivals),
                First::No => Arc::default(),
            },
            filled: AtomicU64::new(0),
            hand,
        }
    }

    fn lock(&self) -> MutexGuard<'_, InboxState<'c>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts staged records in, each with the index of its input; leaves `staged` empty.
    pub(crate) fn put(&self, staged: &mut Vec<(usize, InboxRecord<'c>)>) {
        if staged.is_empty() {
            return;
        }
        let mut state = self.lock();
        for (input, item) in staged.drain(..) {
            state.widen(input + 1);
            let is_other = state.taken.is_some_and(|taken| taken != input);
            let queue = &mut state.queues[input];
            if is_other && queue.items.is_empty() {
                self.filled.fetch_add(1, Ordering::Relaxed);
            }
            queue.bytes += item.bytes;
            queue.items.push_back(item);
        }
        drop(state);
        self.arrivals.ring();
    }

    /// Puts records back that were taken, and are not begun.
    pub(crate) fn put_back(
        &self,
        input: usize,
        rest: impl DoubleEndedIterator<Item = InboxRecord<'c>>,
    ) {
        let mut state = self.lock();
        let queue = &mut state.queues[input];
        for item in rest.rev() {
            queue.bytes += item.bytes;
            queue.items.push_front(item);
        }
    }

    /// Counts how often an empty queue got something, of another input than that of what was taken last.
    pub(crate) fn fills(&self) -> u64 {
        self.filled.load(Ordering::Relaxed)
    }

    /// What is rung when something comes for its lane.
    pub(crate) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.arrivals)
    }

    /// Puts an electron in that comes back; it is taken before all others. Not when nothing is taken any more.
    pub(crate) fn give_back(
        &self,
        returned: Box<RereadElectron>,
    ) -> Result<(), Box<RereadElectron>> {
        let mut state = self.lock();
        if state.closed {
            return Err(returned);
        }
        state.returned.push_back(returned);
        drop(state);
        self.arrivals.ring();
        Ok(())
    }

    /// What came back and was not taken.
    pub(crate) fn take_returned(&self) -> VecDeque<Box<RereadElectron>> {
        std::mem::take(&mut self.lock().returned)
    }

    /// Whether its lane stands still because somebody wants it to.
    pub(crate) fn is_paused(&self) -> bool {
        self.lane_queue.pause.is_paused()
    }

    /// Whether an input's queue is full.
    pub(crate) fn is_full(&self, input: usize) -> bool {
        self.lock().queues.get(input).is_some_and(Queue::is_full)
    }

    /// Waits until something comes to the lane, at most `limit`.
    pub(crate) fn wait_for_arrivals(&self, limit: Duration, arrived: impl Fn() -> bool) {
        let is_over = || arrived() || self.lane_queue.is_called() || self.lock().closed;
        self.arrivals.wait(limit, is_over);
    }

    /// Waits for records and moves some of one input into `hand`.
    pub(crate) fn take(&self, mut ask: TakeOptions<'_>, hand: &mut Vec<InboxRecord<'c>>) -> Got {
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
    fn look(&self, ask: &TakeOptions<'_>, hand: &mut Vec<InboxRecord<'c>>) -> Option<Got> {
        let mut state = self.lock();
        if state.closed {
            return Some(Got::Closed);
        }
        if self.lane_queue.is_called() {
            return Some(Got::Called);
        }
        if let Some(returned) = state.returned.pop_front() {
            return Some(Got::Returned(returned));
        }
        state.widen((ask.inputs)());
        let InboxState {
            queues,
            scheduler,
            taken,
            ..
        } = &mut *state;
        let is_here = |input: usize| !queues[input].items.is_empty();
        let look = Look {
            ready: &|input| {
                (is_here(input) || (ask.elsewhere)(input)) && !ask.except.contains(&input)
            },
            lies: &|input| is_here(input) || (ask.lies)(input),
            comes: ask.comes,
        };
        let input = match scheduler.pick(&look) {
            Turn::Input(input) => input,
            Turn::Waits => return Some(Got::Waits),
            Turn::Nobody => return None,
        };
        let queue = &mut queues[input];
        if queue.items.is_empty() {
            return Some(Got::Elsewhere(input));
        }
        *taken = Some(input);
        let was_full = queue.is_full();
        let count = ask.max.min(queue.items.len());
        hand.extend(queue.items.drain(..count));
        let bytes: usize = hand.iter().map(|item| item.bytes).sum();
        queue.bytes = queue.bytes.saturating_sub(bytes);
        let made_room = was_full && !queue.is_full();
        Some(Got::Records(TakenItem { input, made_room }))
    }

    /// No lane takes anything from now on.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrivals.ring();
    }

    /// Drops what is left.
    pub(crate) fn clear(&self) {
        for queue in &mut self.lock().queues {
            *queue = Queue::default();
        }
    }
}
