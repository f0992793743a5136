//! After a transaction that failed: everything in flight is void, and the consumer goes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::TransactionEnd;
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::intake::Positions;
use crate::mutant;

/// How long the consumer may take to go back.
const SEEK_WITHIN: Duration = Duration::from_secs(10);

impl TransactionEnd<'_> {
    /// Voids everything that is in flight; returns the partitions it was of.
    pub(super) fn take_back(&self) -> Vec<Arc<Partition>> {
        let assigned = self.intake.assigned.all();
        for partition in &assigned {
            partition.end_assignment();
            partition.end_hand_over();
            self.intake.assigned.restart(partition.id);
        }
        self.all.rewinds.fetch_add(1, Ordering::SeqCst);
        // A lane that waits with an electron of theirs for its retry gives it back now.
        self.intake.instance.bell().ring();
        assigned
    }

    /// Goes back to where Kafka says that these partitions are. What the transaction did is not
    /// asked from memory: a commit may have been made although its answer was lost.
    pub(super) fn go_back(&self, partitions: &[Arc<Partition>]) {
        if partitions.is_empty() || mutant::is("no-rewind") {
            return;
        }
        if let Err(error) = self.seek(partitions) {
            let context = format!(
                "{}: the consumer cannot go back",
                self.intake.instance.who()
            );
            self.intake
                .instance
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    fn seek(&self, partitions: &[Arc<Partition>]) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(partition.stream.as_str(), partition.number);
        }
        let deadline = Instant::now() + SEEK_WITHIN;
        let positions = Positions::of(self.consumer).starting_offsets(&list, || {})?;
        if self.intake.instance.is_stopping() {
            return Ok(());
        }
        for partition in partitions {
            let position = positions.find_partition(partition.stream.as_str(), partition.number);
            if let Some(position) = position {
                self.intake.assigned.began(partition.id, position.offset());
            }
        }
        Positions::of(self.consumer).seek_to(&positions, deadline)
    }
}
