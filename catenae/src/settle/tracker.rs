//! Which inputs are settled: a contiguous watermark per partition over the electrons in flight.
//!
//! Every electron taken from Kafka occupies one *slot*, a counter in a [`InFlightCounters`] that is allocated
//! once and shared with the lanes and with the delivery reports. The counter is one for the handler
//! plus one per output under way; at zero the electron is settled. A delivery report carries the
//! slot's number and decrements it: no allocation, no lock. The [`Tracker`], behind one lock,
//! keeps per partition the slots in delivery order (offsets have gaps) and moves the
//! watermark over the leading zeros.
//!
//! A slot is used again only when its last report is in, so a late report of an assignment that is
//! gone finds its own slot and changes nothing else.
//!
//! Beside the count a counter has one of three flags. While it is set the electron is not settled,
//! whatever the count is:
//!
//! | flag | the electron | the handler's one | holds a revocation up |
//! |---|---|---|---|
//! | none | is in hand, or settled at zero | counted | until it is settled |
//! | `UNSTARTED` | lies in an inbox | not yet | no |
//! | `WAITING` | waits for its next attempt, beside the lane | counted | no |
//! | `ABANDONED` | was given back: it is read again | taken off | no |
//!
//! Outputs of an attempt that failed count down under each flag as they do in hand.
//!
//! A fourth flag may be beside each of them: `REFUSED`, while an output is noted as refused. Each such output keeps
//! its part of the count until it is decided what becomes of the electron, which stays in hand until then.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Taken from Kafka, not yet started by a lane.
const UNSTARTED: u32 = 1 << 31;
/// Beside the lane until its next attempt.
const WAITING: u32 = 1 << 30;
/// Given back by its lane, before it started or after an attempt: its partition was revoked, or the
/// micromodule stops. It never counts as settled, for its queue may still be there.
const ABANDONED: u32 = 1 << 29;
/// Outputs of it were refused, and nobody has decided yet what becomes of it.
const REFUSED: u32 = 1 << 28;
/// The part of a counter that counts.
const COUNT: u32 = REFUSED - 1;
/// The flags that exclude each other.
const FLAGS: u32 = UNSTARTED | WAITING | ABANDONED;

/// The number of one electron in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot(u32);

impl Slot {
    /// The number, for the opaque of a delivery report.
    pub(crate) fn index(self) -> u32 {
        self.0
    }

    /// The slot with that number.
    pub(crate) fn from_index(index: u32) -> Self {
        Self(index)
    }
}

/// A partition of an input stream, numbered once per process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PartitionId(pub(crate) u32);

/// The counters of all electrons in flight.
#[derive(Debug)]
pub(crate) struct InFlightCounters {
    counters: Box<[AtomicU32]>,
}

impl InFlightCounters {
    fn counter(&self, slot: Slot) -> &AtomicU32 {
        &self.counters[slot.0 as usize]
    }

    /// A lane takes the electron in hand. Sequentially consistent: a lane that starts and a
    /// revocation that looks for started electrons cannot both miss the other.
    pub(crate) fn start(&self, slot: Slot) {
        self.counter(slot).store(1, Ordering::SeqCst);
    }

    /// A lane gives the electron back, unsettled: it has not run the handler, or the handler failed.
    /// Outputs of it may still be under way.
    pub(crate) fn abandon(&self, slot: Slot) {
        let counter = self.counter(slot);
        // Its flag and the handler's one are the lane's own; reports only count down meanwhile.
        match counter.load(Ordering::SeqCst) & FLAGS {
            UNSTARTED => counter.store(ABANDONED, Ordering::SeqCst),
            WAITING => {
                counter.fetch_sub(WAITING - ABANDONED + 1, Ordering::SeqCst);
            }
            flags => {
                debug_assert_eq!(flags, 0, "slot {slot:?} is abandoned twice");
                counter.fetch_add(ABANDONED - 1, Ordering::SeqCst);
            }
        }
    }

    /// A lane puts the electron aside until its next attempt.
    pub(crate) fn wait(&self, slot: Slot) {
        let before = self.counter(slot).fetch_or(WAITING, Ordering::SeqCst);
        debug_assert_eq!(before & FLAGS, 0, "slot {slot:?} is not in hand");
    }

    /// A lane takes an electron that waited in hand again. Sequentially consistent, as `start`.
    pub(crate) fn resume(&self, slot: Slot) {
        let before = self.counter(slot).fetch_and(!WAITING, Ordering::SeqCst);
        debug_assert_eq!(before & FLAGS, WAITING, "slot {slot:?} does not wait");
    }

    /// One more output of this electron is under way.
    pub(crate) fn add_output(&self, slot: Slot) {
        self.counter(slot).fetch_add(1, Ordering::Relaxed);
    }

    /// The handler finished, or one output was delivered. Returns whether the electron is settled.
    /// Sequentially consistent, as the bell asks of changes that are waited for.
    pub(crate) fn settle_one(&self, slot: Slot) -> bool {
        let before = self.counter(slot).fetch_sub(1, Ordering::SeqCst);
        debug_assert!(before & COUNT > 0, "slot {slot:?} settled once too often");
        before == 1
    }

    /// So many parts of the electron are done.
    pub(crate) fn settle(&self, slot: Slot, parts: u32) {
        for _ in 0..parts {
            self.settle_one(slot);
        }
    }

    /// Whether the handler finished and every output is delivered.
    pub(crate) fn is_settled(&self, slot: Slot) -> bool {
        self.counter(slot).load(Ordering::Acquire) == 0
    }

    /// Whether the electron that the only lane has in hand is settled. Its slot may be in use again
    /// by then, for an electron behind it in the lane's own inbox, which is not started.
    pub(crate) fn is_over(&self, slot: Slot) -> bool {
        matches!(self.counter(slot).load(Ordering::Acquire), 0 | UNSTARTED)
    }

    /// An output of the electron was refused: its part stays open until it is decided what follows.
    pub(crate) fn refuse(&self, slot: Slot) {
        self.counter(slot).fetch_or(REFUSED, Ordering::SeqCst);
    }

    /// Somebody decides now what becomes of the electron.
    pub(crate) fn decide(&self, slot: Slot) {
        let before = self.counter(slot).fetch_and(!REFUSED, Ordering::SeqCst);
        debug_assert!(before & REFUSED > 0, "nothing of slot {slot:?} is refused");
    }

    /// Whether all that is open of the electron are so many outputs that were refused: its function has
    /// returned, and everything else is delivered.
    pub(crate) fn is_down_to(&self, slot: Slot, outputs: u32) -> bool {
        self.counter(slot).load(Ordering::SeqCst) == REFUSED | outputs
    }

    /// Whether the electron was given back.
    pub(crate) fn is_abandoned(&self, slot: Slot) -> bool {
        self.counter(slot).load(Ordering::SeqCst) & ABANDONED != 0
    }

    fn is_in_hand(&self, slot: Slot) -> bool {
        let counter = self.counter(slot).load(Ordering::SeqCst);
        counter & FLAGS == 0 && counter & COUNT > 0
    }

    fn is_free(&self, slot: Slot) -> bool {
        matches!(self.counter(slot).load(Ordering::Acquire), 0 | ABANDONED)
    }
}

/// How far a partition is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watermark {
    /// The next offset to read after a restart.
    pub(crate) next_offset: i64,
    /// Electrons settled since the last call.
    pub(crate) electrons: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
struct TrackedElectron {
    slot: Slot,
    offset: i64,
    bytes: u32,
}

/// What is known of a partition since it was assigned.
#[derive(Debug, Default)]
struct TrackedPartition {
    in_flight: VecDeque<TrackedElectron>,
    /// The offset behind the last electron that was taken.
    next: Option<i64>,
}

/// The electrons in flight of every assigned partition, in delivery order.
#[derive(Debug)]
pub(crate) struct Tracker {
    counters: Arc<InFlightCounters>,
    free: Vec<Slot>,
    /// By the number of the partition: a lookup per electron.
    assigned: Vec<Option<TrackedPartition>>,
    /// Slots of revoked partitions that a lane or a report still holds.
    retired: Vec<Slot>,
}

impl Tracker {
    /// A tracker for at most `capacity` electrons in flight.
    pub(crate) fn new(capacity: u32) -> Self {
        let counters = (0..capacity).map(|_| AtomicU32::new(0)).collect();
        Self {
            counters: Arc::new(InFlightCounters { counters }),
            free: (0..capacity).rev().map(Slot).collect(),
            assigned: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// The counters, to be shared with lanes and delivery reports.
    pub(crate) fn counters(&self) -> Arc<InFlightCounters> {
        Arc::clone(&self.counters)
    }

    /// A partition was assigned: nothing of it is in flight.
    pub(crate) fn assign(&mut self, partition: PartitionId) {
        self.revoke(partition);
        let index = partition.0 as usize;
        if self.assigned.len() <= index {
            self.assigned.resize_with(index + 1, || None);
        }
        self.assigned[index] = Some(TrackedPartition::default());
    }

    /// A partition was revoked: its electrons are forgotten, their late reports change nothing.
    pub(crate) fn revoke(&mut self, partition: PartitionId) {
        let assigned = self.assigned.get_mut(partition.0 as usize);
        if let Some(assigned) = assigned.and_then(Option::take) {
            let slots = assigned.in_flight.into_iter();
            self.retired.extend(slots.map(|electron| electron.slot));
        }
    }

    /// Whether `electrons` more can be taken; while not, intake stops.
    pub(crate) fn has_room(&mut self, electrons: usize) -> bool {
        if self.free.len() < electrons {
            let (counters, free) = (&self.counters, &mut self.free);
            self.retired.retain(|slot| {
                let gone = counters.is_free(*slot);
                if gone {
                    free.push(*slot);
                }
                !gone
            });
        }
        self.free.len() >= electrons
    }

    #[cfg(test)]
    pub(crate) fn free_slots(&self) -> usize {
        let retired = self.retired.iter();
        self.free.len() + retired.filter(|slot| self.counters.is_free(**slot)).count()
    }

    /// Takes an electron into the books. `None` when its partition is not assigned or there is no
    /// room: the caller asked [`has_room`](Self::has_room) before it polled.
    pub(crate) fn track(
        &mut self,
        partition: PartitionId,
        offset: i64,
        bytes: u32,
    ) -> Option<Slot> {
        let assigned = self.assigned.get_mut(partition.0 as usize)?.as_mut()?;
        let slot = self.free.pop()?;
        self.counters
            .counter(slot)
            .store(UNSTARTED, Ordering::Relaxed);
        assigned.in_flight.push_back(TrackedElectron {
            slot,
            offset,
            bytes,
        });
        assigned.next = Some(offset + 1);
        Some(slot)
    }

    /// The offset behind the last electron that was taken of a partition; `None` when none was since it was
    /// assigned.
    pub(crate) fn next_offset(&self, partition: PartitionId) -> Option<i64> {
        self.partition(partition)?.next
    }

    /// Moves the watermark of a partition over its settled electrons; `None` when it did not move.
    pub(crate) fn advance(&mut self, partition: PartitionId) -> Option<Watermark> {
        let assigned = self.assigned.get_mut(partition.0 as usize)?.as_mut()?;
        let queue = &mut assigned.in_flight;
        let mut moved: Option<Watermark> = None;
        while let Some(front) = queue.front() {
            if !self.counters.is_settled(front.slot) {
                break;
            }
            let watermark = moved.get_or_insert(Watermark {
                next_offset: 0,
                electrons: 0,
                bytes: 0,
            });
            watermark.next_offset = front.offset + 1;
            watermark.electrons += 1;
            watermark.bytes += u64::from(front.bytes);
            self.free.push(front.slot);
            queue.pop_front();
        }
        moved
    }

    fn partition(&self, partition: PartitionId) -> Option<&TrackedPartition> {
        self.assigned.get(partition.0 as usize)?.as_ref()
    }

    fn queue(&self, partition: PartitionId) -> Option<&VecDeque<TrackedElectron>> {
        Some(&self.partition(partition)?.in_flight)
    }

    /// Whether nothing is in flight on any assigned partition.
    pub(crate) fn is_idle(&self) -> bool {
        let mut assigned = self.assigned.iter().flatten();
        assigned.all(|partition| partition.in_flight.is_empty())
    }

    /// The assigned partitions.
    pub(crate) fn partitions(&self) -> Vec<PartitionId> {
        (0..)
            .zip(&self.assigned)
            .filter(|(_, assigned)| assigned.is_some())
            .map(|(number, _)| PartitionId(number))
            .collect()
    }

    /// Whether a handler still runs, or an output is still under way, for one of `partitions`. What
    /// waits for a retry or was abandoned is not in hand: it is read again by whoever owns it next.
    pub(crate) fn has_in_hand(&self, partitions: &[PartitionId]) -> bool {
        partitions
            .iter()
            .filter_map(|partition| self.queue(*partition))
            .any(|queue| {
                queue
                    .iter()
                    .any(|electron| self.counters.is_in_hand(electron.slot))
            })
    }

    /// Where electrons in flight were read. Those of partitions that were revoked are not found.
    pub(crate) fn places(&self, wanted: &[Slot]) -> HashMap<Slot, (PartitionId, i64)> {
        let wanted: HashSet<Slot> = wanted.iter().copied().collect();
        let mut found = HashMap::new();
        for partition in self.partitions() {
            for electron in self.queue(partition).into_iter().flatten() {
                if wanted.contains(&electron.slot) {
                    found.insert(electron.slot, (partition, electron.offset));
                }
            }
        }
        found
    }

    /// The oldest offset of a partition that is not settled, with how far it is.
    pub(crate) fn oldest(&self, partition: PartitionId) -> Option<(i64, FlightStage)> {
        let front = self.queue(partition)?.front()?;
        let counter = self.counters.counter(front.slot).load(Ordering::Relaxed);
        let stage = match counter & FLAGS {
            0 => FlightStage::Started(counter & COUNT),
            WAITING => FlightStage::Waiting,
            _ => FlightStage::Unstarted,
        };
        Some((front.offset, stage))
    }
}

/// How far an electron in flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlightStage {
    /// It waits for a lane.
    Unstarted,
    /// A lane has begun with it; what is left to be settled is so much: the function, if it still
    /// runs, and each output under way.
    Started(u32),
    /// It waits beside its lane, for its next attempt or behind another one of its key.
    Waiting,
}

#[cfg(test)]
mod tests;
