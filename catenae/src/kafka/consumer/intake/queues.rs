//! One queue of the client per input: the messages of its partitions are led there, and lanes take them in batches.
//!
//! A queue that nobody empties is filled up to the client's own bounds and then not fetched for any more, so an input
//! that its lanes have no room for needs no pause: a pause would throw away what was read ahead, and other inputs
//! would wait for it.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_t;

use crate::assignment::partitions::Partition;
use crate::bell::Bell;
use crate::kafka::client::queues::{Arrivals, ClientQueue, TakenMessage};
use crate::settle::tracker::PartitionId;

/// So much of an input, without a gap between two batches, is a flood. One that comes electron by electron is none, whatever
/// offsets its partitions have.
const FLOOD: usize = 256;
const GAP: Duration = Duration::from_millis(20);
/// How long a lane waits for the reader to hear what the client says. It polls all the time, but for the end of a
/// transaction.
const HEARD_WITHIN: Duration = Duration::from_secs(1);
/// Between two looks whether it has.
const BREATH: Duration = Duration::from_micros(100);

/// The queues of one consumer.
#[derive(Default)]
pub(crate) struct InputQueues {
    inputs: RwLock<Vec<Arc<InputQueue>>>,
    /// The queues of the assigned partitions, and the input each of them is led to.
    partitions: Mutex<HashMap<PartitionId, (usize, ClientQueue)>>,
    gate: Gate,
    arrivals: Arc<ArrivalCount>,
    /// The client's own queue, from which the reader polls.
    own: Mutex<Option<ClientQueue>>,
    /// Whether the client has said something there that the reader has not heard yet.
    unheard: OnceLock<Arc<Arrivals>>,
}

struct InputQueue {
    queue: ClientQueue,
    arrivals: Arc<Arrivals>,
    /// A lane has no room for more of this input.
    held: AtomicBool,
    /// It was seen empty since somebody asked last.
    was_empty: AtomicBool,
    /// When something was taken of it last, or assigned, in microseconds since it was made.
    taken: AtomicU64,
    /// How much was taken without a gap.
    burst: AtomicUsize,
    made: Instant,
}

impl InputQueue {
    fn note_taken(&self, count: usize) {
        let micros = u64::try_from(self.made.elapsed().as_micros()).unwrap_or(u64::MAX);
        let before = self.taken.swap(micros, Ordering::Relaxed);
        let has_gap = Duration::from_micros(micros.saturating_sub(before)) > GAP;
        let burst = if has_gap {
            0
        } else {
            self.burst.load(Ordering::Relaxed)
        };
        self.burst
            .store(burst.saturating_add(count), Ordering::Relaxed);
    }
}

/// Who hears of arrivals, and how many there were.
#[derive(Default)]
struct ArrivalCount {
    count: AtomicU64,
    /// The bells of the lanes that take from the queues: until there are some, everything stays on the client's own queue.
    lanes: OnceLock<Vec<Arc<Bell>>>,
}

impl ArrivalCount {
    fn ring(&self) {
        for lane in self.lanes.get().into_iter().flatten() {
            lane.ring();
        }
    }
}

/// Closed while what is read changes: a message that was taken before belongs to an assignment that has ended, or lies
/// behind a position that was sought, and must not be tracked after it.
#[derive(Default)]
struct Gate {
    /// Held by whoever takes messages, until they are tracked.
    taking: Mutex<()>,
    /// By how many it is closed.
    closed: AtomicUsize,
}

/// Nothing is taken while this is there.
pub(crate) struct Closed<'q>(&'q InputQueues);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.gate.closed.fetch_sub(1, Ordering::SeqCst);
        self.0.arrivals.ring();
    }
}

impl InputQueues {
    /// Lanes take from the queues of this client from now on, and these bells are theirs.
    pub(crate) fn open(&self, client: *mut rd_kafka_t, lanes: Vec<Arc<Bell>>) {
        let unheard = self.unheard.get_or_init(|| {
            Arc::new(Arrivals {
                any: AtomicBool::new(false),
                tell: Box::new(|| {}),
            })
        });
        if let Some(mut own) = ClientQueue::of_consumer(client) {
            own.tell(unheard);
            *self.own() = Some(own);
        }
        self.arrivals.lanes.get_or_init(|| lanes);
    }

    fn own(&self) -> MutexGuard<'_, Option<ClientQueue>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reader has heard something of what the client says.
    pub(in crate::kafka::consumer) fn heard(&self) {
        let (own, Some(unheard)) = (self.own(), self.unheard.get()) else {
            return;
        };
        unheard.any.store(false, Ordering::SeqCst);
        if own.as_ref().is_some_and(|own| own.len() > 0) {
            unheard.any.store(true, Ordering::SeqCst);
        }
    }

    /// Waits until the reader has heard what the client has said before it gave what was just taken: that a stream was
    /// created again, for one. Not when the gate is to be closed, since whoever closes it is the reader.
    fn let_reader_hear(&self) {
        let Some(unheard) = self.unheard.get() else {
            return;
        };
        let deadline = Instant::now() + HEARD_WITHIN;
        while unheard.any.load(Ordering::SeqCst)
            && self.gate.closed.load(Ordering::SeqCst) == 0
            && Instant::now() < deadline
        {
            thread::sleep(BREATH);
        }
    }

    /// The client is closed next: all its queues are given back.
    pub(crate) fn give_back(&self) {
        *self.own() = None;
        self.partitions().clear();
        self.inputs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn partitions(&self) -> MutexGuard<'_, HashMap<PartitionId, (usize, ClientQueue)>> {
        self.partitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nothing is being taken, and lets nobody take anything.
    pub(crate) fn close(&self) -> Closed<'_> {
        self.gate.closed.fetch_add(1, Ordering::SeqCst);
        let taking = &self.gate.taking;
        drop(taking.lock().unwrap_or_else(PoisonError::into_inner));
        Closed(self)
    }

    /// Leads a partition to the queue of its input. Called before it is assigned: what is fetched then goes there.
    pub(super) fn lead(&self, client: *mut rd_kafka_t, partition: &Partition, input: usize) {
        if self.arrivals.lanes.get().is_none() {
            return;
        }
        self.widen(client, input);
        let Ok(stream) = CString::new(partition.stream.as_str()) else {
            return;
        };
        let queue = ClientQueue::of_partition(client, &stream, partition.number);
        if let (Some(to), Some(queue)) = (self.input(input), queue) {
            queue.forward_to(&to.queue);
            // What it has is under way from now on.
            to.note_taken(FLOOD);
            self.partitions().insert(partition.id, (input, queue));
        }
    }

    /// Leads every partition again to where it belongs. The end of an assignment undoes it at a time that only the
    /// client knows: when the same partition has come back before, nobody reads its messages until then.
    pub(in crate::kafka::consumer) fn lead_again(&self) {
        for (input, queue) in self.partitions().values() {
            if let Some(to) = self.input(*input) {
                queue.forward_to(&to.queue);
            }
        }
    }

    /// A partition is not assigned any more.
    pub(super) fn forget(&self, partition: PartitionId) {
        self.partitions().remove(&partition);
    }

    /// The queue of an input. Nothing else is locked by whoever has it.
    fn input(&self, input: usize) -> Option<Arc<InputQueue>> {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        inputs.get(input).cloned()
    }

    fn widen(&self, client: *mut rd_kafka_t, input: usize) {
        if self.count() > input {
            return;
        }
        let mut inputs = self.inputs.write().unwrap_or_else(PoisonError::into_inner);
        while inputs.len() <= input {
            let Some(mut queue) = ClientQueue::new(client) else {
                return;
            };
            let count = Arc::clone(&self.arrivals);
            let arrivals = Arc::new(Arrivals {
                any: AtomicBool::new(false),
                tell: Box::new(move || {
                    count.count.fetch_add(1, Ordering::SeqCst);
                    count.ring();
                }),
            });
            queue.tell(&arrivals);
            inputs.push(Arc::new(InputQueue {
                queue,
                arrivals,
                held: AtomicBool::new(false),
                was_empty: AtomicBool::new(true),
                taken: AtomicU64::new(0),
                burst: AtomicUsize::new(0),
                made: Instant::now(),
            }));
        }
    }

    /// How many inputs have a queue.
    pub(crate) fn count(&self) -> usize {
        self.inputs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Counts how often something came into an empty queue.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals.count.load(Ordering::Relaxed)
    }

    /// Whether something of an input lies there that may be taken now.
    pub(crate) fn has(&self, input: usize) -> bool {
        let has = |queue: Arc<InputQueue>| {
            queue.arrivals.any.load(Ordering::SeqCst) && !queue.held.load(Ordering::SeqCst)
        };
        self.gate.closed.load(Ordering::SeqCst) == 0 && self.input(input).is_some_and(has)
    }

    /// Whether something of an input lies there, even if it may not be taken now.
    pub(crate) fn lies(&self, input: usize) -> bool {
        let queue = self.input(input);
        queue.is_some_and(|queue| queue.arrivals.any.load(Ordering::SeqCst))
    }

    /// Whether more of an input lies there than its lanes have room for: the queue is not empty, and was not since the last
    /// call.
    pub(crate) fn is_held(&self, input: usize) -> bool {
        self.input(input).is_some_and(|queue| {
            let was_empty = queue.was_empty.swap(false, Ordering::SeqCst);
            let any = queue.arrivals.any.load(Ordering::SeqCst);
            any && (!was_empty || queue.held.load(Ordering::SeqCst))
        })
    }

    /// Whether an input was flooded not longer ago than that, and lanes have room for more of it.
    pub(crate) fn was_flooded_within(&self, input: usize, limit: Duration) -> bool {
        self.input(input).is_some_and(|queue| {
            let taken = Duration::from_micros(queue.taken.load(Ordering::Relaxed));
            let is_held = queue.held.load(Ordering::Relaxed);
            let is_flooded = queue.burst.load(Ordering::Relaxed) >= FLOOD;
            !is_held && is_flooded && queue.made.elapsed() < taken + limit
        })
    }

    /// Takes some of an input, and calls `accept` with what it took before anything else may happen to it.
    pub(in crate::kafka) fn take<'c>(
        &self,
        input: usize,
        batch: &mut Vec<TakenMessage<'c>>,
        accept: impl FnOnce(&mut Vec<TakenMessage<'c>>),
    ) {
        let taking = &self.gate.taking;
        let _taking = taking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.gate.closed.load(Ordering::SeqCst) > 0 {
            return;
        }
        let Some(from) = self.input(input) else {
            return;
        };
        from.arrivals.any.store(false, Ordering::SeqCst);
        from.queue.take(batch);
        if !batch.is_empty() {
            self.let_reader_hear();
        }
        if from.queue.len() > 0 {
            from.arrivals.any.store(true, Ordering::SeqCst);
            // A lane that looked in between has found nothing.
            self.arrivals.ring();
        } else {
            from.was_empty.store(true, Ordering::SeqCst);
        }
        if !batch.is_empty() {
            from.note_taken(batch.len());
        }
        accept(batch);
    }

    /// Nothing more of an input is taken until its lanes have room; `is_full` is asked once more, since they may have
    /// made some meanwhile.
    pub(crate) fn hold(&self, input: usize, is_full: impl Fn() -> bool) {
        let Some(queue) = self.input(input) else {
            return;
        };
        queue.held.store(true, Ordering::SeqCst);
        if !is_full() {
            self.release(input);
        }
    }

    /// A lane has room for more of an input.
    pub(crate) fn release(&self, input: usize) {
        let queue = self.input(input);
        if queue.is_some_and(|queue| queue.held.swap(false, Ordering::SeqCst)) {
            self.arrivals.ring();
        }
    }
}

#[cfg(test)]
mod tests;
