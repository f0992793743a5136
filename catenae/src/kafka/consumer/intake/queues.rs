//! One queue of the client per input: the messages of its partitions are led there, and lanes take them in batches.
//!
//! A queue that nobody empties is filled up to the client's own bounds and then not fetched for any more, so an input
//! that its lanes have no room for needs no pause: a pause would throw away what was read ahead, and other inputs
//! would wait for it.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_t;

use crate::assignment::partitions::Partition;
use crate::bell::Bell;
use crate::kafka::client::queues::{Arrivals, ClientQueue, TakenMessage};
use crate::settle::tracker::PartitionId;

/// The queues of one consumer.
#[derive(Default)]
pub(crate) struct InputQueues {
    inputs: RwLock<Vec<InputQueue>>,
    /// The queues of the assigned partitions, and the input each of them is led to.
    partitions: Mutex<HashMap<PartitionId, (usize, ClientQueue)>>,
    gate: Gate,
    arrivals: Arc<ArrivalCount>,
    /// Lanes take from the queues: until then everything stays on the client's own.
    in_use: OnceLock<()>,
}

struct InputQueue {
    queue: ClientQueue,
    arrivals: Arc<Arrivals>,
    /// A lane has no room for more of this input.
    held: AtomicBool,
    /// When something was taken of it last, or assigned, in microseconds since it was made.
    taken: AtomicU64,
    made: Instant,
}

impl InputQueue {
    fn note_taken(&self) {
        let micros = u64::try_from(self.made.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.taken.store(micros, Ordering::Relaxed);
    }
}

/// Who hears of arrivals, and how many there were.
#[derive(Default)]
struct ArrivalCount {
    count: AtomicU64,
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
    /// Lanes take from the queues from now on, and these bells are theirs.
    pub(crate) fn open(&self, lanes: Vec<Arc<Bell>>) {
        self.arrivals.lanes.get_or_init(|| lanes);
        self.in_use.get_or_init(|| ());
    }

    /// The client is closed next: all its queues are given back.
    pub(crate) fn give_back(&self) {
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
        if self.in_use.get().is_none() {
            return;
        }
        self.widen(client, input);
        let Ok(stream) = CString::new(partition.stream.as_str()) else {
            return;
        };
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let queue = ClientQueue::of_partition(client, &stream, partition.number);
        if let (Some(to), Some(queue)) = (inputs.get(input), queue) {
            queue.forward_to(&to.queue);
            // What it has is under way from now on.
            to.note_taken();
            self.partitions().insert(partition.id, (input, queue));
        }
    }

    /// Leads every partition again to where it belongs. The end of an assignment undoes it at a time that only the
    /// client knows: when the same partition has come back before, its messages lie where nobody looks until now.
    pub(in crate::kafka::consumer) fn lead_again(&self) {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        for (input, queue) in self.partitions().values() {
            if let Some(to) = inputs.get(*input) {
                queue.forward_to(&to.queue);
            }
        }
    }

    /// A partition is not assigned any more.
    pub(super) fn forget(&self, partition: PartitionId) {
        self.partitions().remove(&partition);
    }

    fn widen(&self, client: *mut rd_kafka_t, input: usize) {
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
            inputs.push(InputQueue {
                queue,
                arrivals,
                held: AtomicBool::new(false),
                taken: AtomicU64::new(0),
                made: Instant::now(),
            });
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
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let has = |queue: &InputQueue| {
            queue.arrivals.any.load(Ordering::SeqCst) && !queue.held.load(Ordering::SeqCst)
        };
        inputs.get(input).is_some_and(has) && self.gate.closed.load(Ordering::SeqCst) == 0
    }

    /// Whether more of an input lies there than its lanes have room for.
    pub(crate) fn waits(&self, input: usize) -> bool {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let queue = inputs.get(input);
        queue.is_some_and(|queue| queue.arrivals.any.load(Ordering::SeqCst))
    }

    /// Whether something of an input was taken not longer ago than that, and lanes have room for more of it.
    pub(crate) fn was_taken_within(&self, input: usize, limit: Duration) -> bool {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        inputs.get(input).is_some_and(|queue| {
            let taken = Duration::from_micros(queue.taken.load(Ordering::Relaxed));
            let is_held = queue.held.load(Ordering::Relaxed);
            !is_held && queue.made.elapsed() < taken + limit
        })
    }

    /// Takes some of an input, and calls `accept` with what it took before anything else may happen to it.
    pub(in crate::kafka) fn take<'c>(
        &self,
        input: usize,
        room: &mut Vec<TakenMessage<'c>>,
        accept: impl FnOnce(&mut Vec<TakenMessage<'c>>),
    ) {
        let taking = &self.gate.taking;
        let _taking = taking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.gate.closed.load(Ordering::SeqCst) > 0 {
            return;
        }
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = inputs.get(input) else {
            return;
        };
        from.arrivals.any.store(false, Ordering::SeqCst);
        from.queue.take(room);
        if from.queue.len() > 0 {
            from.arrivals.any.store(true, Ordering::SeqCst);
        }
        if !room.is_empty() {
            from.note_taken();
        }
        drop(inputs);
        accept(room);
    }

    /// Nothing more of an input is taken until its lanes have room; `is_full` is asked once more, since they may have
    /// made some meanwhile.
    pub(crate) fn hold(&self, input: usize, is_full: impl Fn() -> bool) {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = inputs.get(input) else {
            return;
        };
        queue.held.store(true, Ordering::SeqCst);
        if !is_full() {
            queue.held.store(false, Ordering::SeqCst);
        }
    }

    /// A lane has room for more of an input.
    pub(crate) fn release(&self, input: usize) {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let held = inputs.get(input).map(|queue| &queue.held);
        if held.is_some_and(|held| held.swap(false, Ordering::SeqCst)) {
            self.arrivals.ring();
        }
    }
}

#[cfg(test)]
mod tests;
