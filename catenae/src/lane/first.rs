//! At most once: a lane commits what it has taken, and only then handles it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::settle::COMMIT_WITHIN;
use super::{KnownPartitions, LaneShared};
use crate::assignment::inbox::InboxRecord;
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::membership::GroupMember;
use crate::settle::tracker::PartitionId;

/// The next offset that was committed, by partition, with the generation that it was of. Lanes share
/// it, so that one that is behind never commits a smaller offset than another.
pub(crate) type Committed = Mutex<BTreeMap<PartitionId, (u32, i64)>>;

/// Commits what a lane has taken, before it handles it.
pub(super) struct FirstCommit<'p, 'l> {
    pub(super) shared: &'l LaneShared,
    pub(super) consumer: &'l GroupMember,
    pub(super) partitions: &'p mut KnownPartitions<'l>,
}

impl FirstCommit<'_, '_> {
    /// Commits everything in `hand`, and leaves in it what may be handled. What was not committed is
    /// dropped: it is read again, by this instance or by another.
    pub(super) fn commit(&mut self, hand: &mut Vec<InboxRecord<'_>>) {
        let shared = self.shared;
        let deadline = Instant::now() + COMMIT_WITHIN;
        // Before it is asked whose they are: a revocation waits for what was started.
        hand.iter()
            .for_each(|item| shared.counters.start(item.slot));
        loop {
            self.drop_void(hand);
            let mut committed = shared
                .committed
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let wanted = self.reached(hand, &committed);
            if wanted.is_empty() {
                return;
            }
            let positions = wanted.values();
            let positions = positions.map(|(partition, (_, next))| (&**partition, *next));
            let result = self.consumer.commit(positions);
            let Err(error) = result else {
                for (id, (_, reached)) in wanted {
                    committed.insert(id, reached);
                }
                drop(committed);
                self.drop_overtaken(hand);
                return;
            };
            drop(committed);
            if !error.passes() || Instant::now() > deadline {
                let context = format!(
                    "{}: {} electrons were not committed, and so not handled; they are read again \
                     at the next start",
                    shared.instance.who(),
                    hand.len()
                );
                shared
                    .instance
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
            }
            shared.instance.wait(Duration::from_millis(50));
        }
    }

    /// Drops what went to another instance while its commit was waited for: it may be handled there.
    fn drop_overtaken(&mut self, hand: &mut Vec<InboxRecord<'_>>) {
        let before = hand.len();
        hand.retain(|item| {
            let partition = self.partitions.get(item.partition);
            let is_ours = partition.is_some_and(|one| one.generation() == item.generation);
            if !is_ours {
                self.shared.counters.abandon(item.slot);
            }
            is_ours
        });
        let dropped = before - hand.len();
        if dropped > 0 {
            self.shared.instance.bell().ring();
            tracing::error!(
                "{dropped} electrons were committed while their partition moved to another \
                 instance: they are not handled here, and they are lost unless that instance \
                 handles them"
            );
        }
    }

    /// Drops what belongs to an assignment that has ended, and everything when it stops: nothing of
    /// it is committed.
    fn drop_void(&mut self, hand: &mut Vec<InboxRecord<'_>>) {
        let stopping = self.shared.instance.is_stopping();
        hand.retain(|item| {
            let partition = self.partitions.get(item.partition);
            let is_ours = partition.is_some_and(|one| one.generation() == item.generation);
            let stays = is_ours && !stopping;
            if !stays {
                self.shared.counters.abandon(item.slot);
                self.shared.instance.bell().ring();
            }
            stays
        });
    }

    /// The next offset of each partition in `hand`, where it is not committed yet.
    fn reached(
        &mut self,
        hand: &[InboxRecord<'_>],
        committed: &BTreeMap<PartitionId, (u32, i64)>,
    ) -> BTreeMap<PartitionId, (Arc<Partition>, (u32, i64))> {
        let mut reached = BTreeMap::new();
        for item in hand {
            let next = item.record.offset() + 1;
            let known = committed.get(&item.partition);
            let is_known = known.is_some_and(|(generation, there)| {
                *generation == item.generation && *there >= next
            });
            if let (false, Some(partition)) = (is_known, self.partitions.get(item.partition)) {
                reached.insert(item.partition, (partition, (item.generation, next)));
            }
        }
        reached
    }
}
