//! The retry queues of a lane, one per key: electrons that wait for their next attempt, in order.
//!
//! A key whose electron failed is *blocked*: those of it that come later are parked behind, and other
//! keys flow. When the front is due the lane takes it in hand; when that is over the next one of its
//! key is due at once. An electron without a key is a queue of its own.
//!
//! They know no clock: times are passed in, counted from a beginning of the caller's. They are
//! bounded softly: a lane asks [`is_full`](RetryQueues::is_full) before it takes more, and what it has taken
//! already may still be parked.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::settle::tracker::PartitionId;

/// How much may be parked before a lane takes nothing more.
const MAX_ELECTRONS: usize = 4096;
const MAX_BYTES: usize = 4 << 20;

/// The number of a queue, given in the order in which queues were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyQueueId(u64);

/// Electrons that wait, with what the lane keeps of each.
#[derive(Debug)]
pub(crate) struct RetryQueues<T> {
    queues: BTreeMap<KeyQueueId, KeyQueue<T>>,
    /// The queues of keys; two levels, so that nothing is copied to look one up.
    by_key: HashMap<PartitionId, HashMap<Box<[u8]>, KeyQueueId>>,
    /// The queues whose front is parked, by the time when it is due.
    due: BTreeSet<(Duration, KeyQueueId)>,
    opened: u64,
    electrons: usize,
    bytes: usize,
}

#[derive(Debug)]
struct KeyQueue<T> {
    partition: PartitionId,
    key: Option<Box<[u8]>>,
    parked: VecDeque<(T, usize)>,
    /// When the front is due; `None` while a lane has it in hand.
    due: Option<Duration>,
}

impl<T> RetryQueues<T> {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            queues: BTreeMap::new(),
            by_key: HashMap::new(),
            due: BTreeSet::new(),
            opened: 0,
            electrons: 0,
            bytes: 0,
        }
    }

    /// Whether nothing waits and no key is blocked.
    pub(crate) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// How many electrons wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.electrons
    }

    /// Whether a lane should take nothing more.
    pub(crate) fn is_full(&self) -> bool {
        self.electrons >= MAX_ELECTRONS || self.bytes >= MAX_BYTES
    }

    /// The queue of a key, if it is blocked.
    pub(crate) fn queue_of(
        &self,
        partition: PartitionId,
        key: Option<&[u8]>,
    ) -> Option<KeyQueueId> {
        self.by_key.get(&partition)?.get(key?).copied()
    }

    /// Opens a queue with an electron that failed, or one that is not due yet. Its key has none.
    pub(crate) fn park(
        &mut self,
        partition: PartitionId,
        key: Option<&[u8]>,
        electron: T,
        bytes: usize,
        due: Duration,
    ) {
        let id = KeyQueueId(self.opened);
        self.opened += 1;
        let key: Option<Box<[u8]>> = key.map(Box::from);
        if let Some(key) = key.clone() {
            self.by_key.entry(partition).or_default().insert(key, id);
        }
        self.electrons += 1;
        self.bytes += bytes;
        self.due.insert((due, id));
        let parked = VecDeque::from([(electron, bytes)]);
        let queue = KeyQueue {
            partition,
            key,
            parked,
            due: Some(due),
        };
        self.queues.insert(id, queue);
    }

    /// Parks an electron at the end of a queue.
    pub(crate) fn follow(&mut self, queue: KeyQueueId, electron: T, bytes: usize) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.parked.push_back((electron, bytes));
            self.electrons += 1;
            self.bytes += bytes;
        }
    }

    /// When the next electron is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes an electron that is due in hand; its queue is blocked until [`over`](Self::over) or
    /// [`again`](Self::again).
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<(KeyQueueId, T, usize)> {
        let (due, id) = *self.due.first()?;
        if due > now {
            return None;
        }
        self.due.remove(&(due, id));
        let queue = self.queues.get_mut(&id)?;
        queue.due = None;
        let (electron, bytes) = queue.parked.pop_front()?;
        self.electrons -= 1;
        self.bytes -= bytes;
        Some((id, electron, bytes))
    }

    /// The electron in hand failed again, and waits at the front of its queue.
    pub(crate) fn again(&mut self, id: KeyQueueId, electron: T, bytes: usize, due: Duration) {
        if let Some(queue) = self.queues.get_mut(&id) {
            queue.parked.push_front((electron, bytes));
            queue.due = Some(due);
            self.due.insert((due, id));
            self.electrons += 1;
            self.bytes += bytes;
        }
    }

    /// The electron in hand is over: the next one of its queue is due at once.
    pub(crate) fn over(&mut self, id: KeyQueueId, now: Duration) {
        let Some(queue) = self.queues.get_mut(&id) else {
            return;
        };
        if queue.parked.is_empty() {
            self.close(id);
        } else {
            queue.due = Some(now);
            self.due.insert((now, id));
        }
    }

    /// Takes every electron out that is no longer wanted; queues that are empty then are closed.
    pub(crate) fn take_if(&mut self, unwanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut taken = Vec::new();
        let mut emptied = Vec::new();
        for (id, queue) in &mut self.queues {
            let (out, stay): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut queue.parked)
                .into_iter()
                .partition(|(electron, _)| unwanted(electron));
            queue.parked = stay;
            for (electron, bytes) in out {
                self.electrons -= 1;
                self.bytes -= bytes;
                taken.push(electron);
            }
            if queue.parked.is_empty() && queue.due.is_some() {
                emptied.push(*id);
            }
        }
        for id in emptied {
            self.close(id);
        }
        taken
    }

    fn close(&mut self, id: KeyQueueId) {
        let Some(queue) = self.queues.remove(&id) else {
            return;
        };
        if let Some(due) = queue.due {
            self.due.remove(&(due, id));
        }
        if let Some(key) = queue.key
            && let Some(keys) = self.by_key.get_mut(&queue.partition)
        {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_key.remove(&queue.partition);
            }
        }
    }
}

#[cfg(test)]
mod tests;
