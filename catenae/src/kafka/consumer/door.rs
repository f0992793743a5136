//! What lanes ask of the consumer: the one way from them into its room.

use std::sync::Arc;

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::intake::{Input, Intake};
use super::membership::GroupMember;
use super::transactions::KnownRefusal;
use crate::assignment::partitions::Partition;
use crate::kafka::client::error::ClientError;
use crate::settle::tracker::PartitionId;

impl GroupMember {
    fn intake(&self) -> &Intake {
        self.context()
    }

    /// Counts rebalances, so that a lane knows when what waits beside it may be somebody else's.
    pub(crate) fn epoch(&self) -> u64 {
        self.intake().assigned.epoch()
    }

    /// Exactly once: how often electrons were taken back.
    pub(crate) fn rewinds(&self) -> u32 {
        self.intake().rewinds()
    }

    /// The input stream of that name, if it was ever one.
    pub(crate) fn input(&self, stream: &str) -> Option<Input> {
        self.intake().inputs.get(stream).map(|(_, input)| input)
    }

    /// The partition with that number.
    pub(crate) fn partition(&self, id: PartitionId) -> Option<Arc<Partition>> {
        self.intake().assigned.partitions().get(id)
    }

    /// Exactly once: what is known of an electron of which an output was refused in a transaction that was aborted.
    pub(crate) fn known_refusal(&self, partition: PartitionId, at: i64) -> Option<KnownRefusal> {
        self.intake().known_refusal(partition, at)
    }

    /// Commits the next offset of each of these partitions, and waits for it.
    ///
    /// # Errors
    /// None of it is known to be committed.
    pub(crate) fn commit<'p>(
        &self,
        positions: impl IntoIterator<Item = (&'p Partition, i64)>,
    ) -> Result<(), ClientError> {
        let mut list = TopicPartitionList::new();
        for (partition, next) in positions {
            self.intake()
                .recreations
                .add_next(&mut list, partition, next)?;
        }
        Ok((**self).commit(&list, CommitMode::Sync)?)
    }
}
