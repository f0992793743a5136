//! At most once: a lane commits what it has taken, and only then handles it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Lane;
use super::commit::{COMMIT_WITHIN, passes};
use crate::config::DeliveryMode;
use crate::error::{Error, ErrorKind};
use crate::kafka::inbox::Item;
use crate::kafka::partitions::Partition;
use crate::tracker::PartitionId;

/// The next offset that was committed, by partition, with the generation that it was of. Lanes share
/// it, so that one that is behind never commits a smaller offset than another.
pub(crate) type Committed = Mutex<BTreeMap<PartitionId, (u32, i64)>>;

impl<'c> Lane<'_, 'c> {
    /// Commits everything in `hand`, and leaves in it what may be handled. What was not committed is
    /// dropped: it is read again, by this instance or by another.
    pub(super) fn commit_first(&mut self, hand: &mut Vec<Item<'c>>) {
        let shop = self.shop;
        let deadline = Instant::now() + COMMIT_WITHIN;
        // Before it is asked whose they are: a revocation waits for what was started.
        hand.iter().for_each(|item| shop.ledger.start(item.slot));
        loop {
            self.drop_void(hand);
            let mut committed = shop
                .committed
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let wanted = self.reached(hand, &committed);
            if wanted.is_empty() {
                return;
            }
            let mut list = TopicPartitionList::new();
            let mut result = Ok(());
            for (partition, (_, next)) in wanted.values() {
                let stream = partition.stream.as_str();
                let next = Offset::Offset(*next);
                result = result.and(list.add_partition_offset(stream, partition.number, next));
            }
            let result = result.and_then(|()| self.consumer.commit(&list, CommitMode::Sync));
            let Err(error) = result else {
                for (id, (_, reached)) in wanted {
                    committed.insert(id, reached);
                }
                drop(committed);
                self.drop_overtaken(hand);
                return;
            };
            drop(committed);
            if !passes(&error) || Instant::now() > deadline {
                let context = format!(
                    "{}: {} electrons were not committed, and so not handled; they are read again \
                     at the next start",
                    shop.who,
                    hand.len()
                );
                shop.stopper
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
            }
            shop.stopper.wait(Duration::from_millis(50));
        }
    }

    /// Drops what went to another instance while its commit was waited for: it may be handled there.
    fn drop_overtaken(&mut self, hand: &mut Vec<Item<'c>>) {
        let before = hand.len();
        hand.retain(|item| {
            let partition = self.partition(item.partition);
            let is_ours = partition.is_some_and(|one| one.generation() == item.generation);
            if !is_ours {
                self.shop.ledger.abandon(item.slot);
            }
            is_ours
        });
        let dropped = before - hand.len();
        if dropped > 0 {
            self.shop.bell.ring();
            tracing::error!(
                "{dropped} electrons were committed while their partition went to another \
                 instance: they are not handled here, and lost unless they are handled there"
            );
        }
    }

    /// Counts what a failure has left unhandled of a chunk that is committed.
    pub(super) fn say_lost(&mut self) {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 && self.shop.delivery == DeliveryMode::AtMostOnce {
            tracing::error!(
                "{lost} electrons were committed with the one that failed and are not handled: \
                 they are lost"
            );
        }
    }

    /// Drops what belongs to an assignment that has ended, and everything when it stops: nothing of
    /// it is committed.
    fn drop_void(&mut self, hand: &mut Vec<Item<'c>>) {
        let stopping = self.shop.stopper.is_stopping();
        hand.retain(|item| {
            let partition = self.partition(item.partition);
            let is_ours = partition.is_some_and(|one| one.generation() == item.generation);
            let stays = is_ours && !stopping;
            if !stays {
                self.shop.ledger.abandon(item.slot);
                self.shop.bell.ring();
            }
            stays
        });
    }

    /// The next offset of each partition in `hand`, where it is not committed yet.
    fn reached(
        &mut self,
        hand: &[Item<'c>],
        committed: &BTreeMap<PartitionId, (u32, i64)>,
    ) -> BTreeMap<PartitionId, (Arc<Partition>, (u32, i64))> {
        let mut reached = BTreeMap::new();
        for item in hand {
            let next = item.message.offset() + 1;
            let known = committed.get(&item.partition);
            let is_known = known.is_some_and(|(generation, there)| {
                *generation == item.generation && *there >= next
            });
            if let (false, Some(partition)) = (is_known, self.partition(item.partition)) {
                reached.insert(item.partition, (partition, (item.generation, next)));
            }
        }
        reached
    }
}
