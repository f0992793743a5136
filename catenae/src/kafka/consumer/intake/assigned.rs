//! What is assigned: the partitions, what is in flight of each, and where reading stands.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::topic_partition_list::Offset;

use crate::assignment::partitions::{Partition, Partitions};
use crate::settle::tracker::{FlightStage, PartitionId, Slot, Tracker, Watermark};
use crate::stream::StreamId;

/// The assignment of one consumer. Shared: lanes ask whose their electrons are.
pub(crate) struct Assigned {
    partitions: Arc<Partitions>,
    state: Mutex<AssignmentState>,
    /// Counts rebalances, so that others know when what they remember is stale.
    epoch: AtomicU64,
    /// The last rebalance gave something, and took nothing.
    member: AtomicBool,
}

struct AssignmentState {
    tracker: Tracker,
    /// Where the present assignment of each partition began, if that is a number.
    began: HashMap<PartitionId, i64>,
    /// Which stream it was that the client has last stored an offset of, for each partition.
    stored_of: HashMap<PartitionId, StreamId>,
}

impl AssignmentState {
    fn next_to_read(&self, partition: PartitionId) -> Option<i64> {
        let next = self.tracker.next_offset(partition);
        next.or_else(|| self.began.get(&partition).copied())
    }
}

/// Takes electrons into the books.
pub(crate) struct Tracking<'a>(MutexGuard<'a, AssignmentState>);

impl Tracking<'_> {
    /// Tracks an electron; `None` when its partition was revoked or there is no room.
    pub(crate) fn track(
        &mut self,
        partition: PartitionId,
        offset: i64,
        bytes: usize,
    ) -> Option<Slot> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.0.tracker.track(partition, offset, bytes)
    }

    /// Whether there is room for one more.
    pub(crate) fn has_room(&mut self) -> bool {
        self.0.tracker.has_room(1)
    }

    /// Whether an electron of the present assignment was taken already.
    pub(crate) fn is_taken(&self, partition: PartitionId, offset: i64) -> bool {
        let next = self.0.tracker.next_offset(partition);
        next.is_some_and(|next| offset < next)
    }
}

/// One assigned partition, as the watch sees it.
pub(crate) struct AssignedPartition {
    pub(crate) partition: Arc<Partition>,
    /// The oldest electron in flight, and how far it is.
    pub(crate) oldest: Option<(i64, FlightStage)>,
    /// The offset that is read next, if that is a number.
    pub(crate) next: Option<i64>,
}

impl Assigned {
    /// Nothing yet.
    pub(super) fn new(tracker: Tracker) -> Self {
        Self {
            partitions: Arc::default(),
            state: Mutex::new(AssignmentState {
                tracker,
                began: HashMap::new(),
                stored_of: HashMap::new(),
            }),
            epoch: AtomicU64::new(0),
            member: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, AssignmentState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every partition that was ever assigned here.
    pub(crate) fn partitions(&self) -> &Arc<Partitions> {
        &self.partitions
    }

    /// Counts rebalances, and whatever else makes stale what others remember.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// What others remember of the assignment is stale.
    pub(super) fn next_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether this instance has a place in its group, even if no partition fell to it.
    pub(crate) fn is_member(&self) -> bool {
        self.member.load(Ordering::Relaxed)
    }

    /// A rebalance gave something, or took something.
    pub(super) fn set_member(&self, gives: bool) {
        self.member.store(gives, Ordering::Relaxed);
    }

    /// The assigned partitions.
    pub(crate) fn all(&self) -> Vec<Arc<Partition>> {
        let ids = self.state().tracker.partitions();
        let all = ids.into_iter().filter_map(|id| self.partitions.get(id));
        all.collect()
    }

    /// Every assigned partition as it is now.
    pub(crate) fn standing(&self) -> Vec<AssignedPartition> {
        let state = self.state();
        let of = |id| {
            Some(AssignedPartition {
                partition: self.partitions.get(id)?,
                oldest: state.tracker.oldest(id),
                next: state.next_to_read(id),
            })
        };
        let ids = state.tracker.partitions();
        ids.into_iter().filter_map(of).collect()
    }

    /// A partition is assigned: nothing of it is in flight.
    pub(super) fn begin(&self, partition: PartitionId) {
        self.state().tracker.assign(partition);
    }

    /// Where reading a partition begins, if that is a number.
    pub(in crate::kafka::consumer) fn began(&self, partition: PartitionId, offset: Offset) {
        let mut state = self.state();
        match offset {
            Offset::Offset(first) => state.began.insert(partition, first),
            _ => state.began.remove(&partition),
        };
    }

    /// Whether it is known where the assignment of a partition began.
    pub(super) fn has_begun(&self, partition: PartitionId) -> bool {
        self.state().began.contains_key(&partition)
    }

    /// Forgets what is in flight of an assigned partition, which begins again elsewhere.
    pub(in crate::kafka::consumer) fn restart(&self, partition: PartitionId) {
        self.begin(partition);
        self.next_epoch();
    }

    /// A partition is not assigned any more.
    pub(super) fn end(&self, partition: PartitionId) {
        self.state().tracker.revoke(partition);
    }

    /// Whether there is room for so many electrons more.
    pub(crate) fn has_room(&self, electrons: usize) -> bool {
        self.state().tracker.has_room(electrons)
    }

    /// Tracks an electron; `None` when its partition was revoked or there is no room.
    #[cfg(test)]
    pub(crate) fn track(&self, partition: PartitionId, offset: i64, bytes: usize) -> Option<Slot> {
        self.tracking().track(partition, offset, bytes)
    }

    /// Tracks several electrons; the assignment stays as it is meanwhile.
    pub(crate) fn tracking(&self) -> Tracking<'_> {
        Tracking(self.state())
    }

    /// Whether nothing is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.state().tracker.is_idle()
    }

    /// Whether anything that was started of these partitions is open.
    pub(super) fn has_in_hand(&self, partitions: &[PartitionId]) -> bool {
        self.state().tracker.has_in_hand(partitions)
    }

    /// Where electrons in flight were read, of those that are still ours.
    pub(crate) fn places(&self, slots: &[Slot]) -> HashMap<Slot, (Arc<Partition>, i64)> {
        let places = self.state().tracker.places(slots);
        let named = |(slot, (id, at))| Some((slot, (self.partitions.get(id)?, at)));
        places.into_iter().filter_map(named).collect()
    }

    /// Moves the watermark of a partition.
    pub(crate) fn advance(&self, partition: &Partition) -> Option<Watermark> {
        self.state().tracker.advance(partition.id)
    }

    /// Where reading a partition stands: behind the last electron that was taken of it, or else where its
    /// assignment began. The client forgets its position when it seeks.
    pub(crate) fn next_to_read(&self, partition: PartitionId) -> Option<i64> {
        self.state().next_to_read(partition)
    }

    /// The offset up to which everything of a partition is settled; `None` where its assignment began at no
    /// numbered offset and nothing was taken yet.
    pub(super) fn settled_up_to(&self, partition: PartitionId) -> Option<i64> {
        let oldest = self.state().tracker.oldest(partition).map(|(at, _)| at);
        oldest.or_else(|| self.next_to_read(partition))
    }

    /// Notes which stream it is that an offset of this partition is stored of.
    pub(super) fn note_stored(&self, partition: PartitionId, id: &StreamId) {
        let mut state = self.state();
        if state.stored_of.get(&partition) != Some(id) {
            state.stored_of.insert(partition, id.clone());
        }
    }

    /// Whether the client may still hold an offset of a former stream for committed, while the present one is `now`.
    pub(super) fn has_stored_of_another(&self, partition: PartitionId, now: &StreamId) -> bool {
        let state = self.state();
        let before = state.stored_of.get(&partition);
        before.is_some_and(|before| before != now)
    }
}
