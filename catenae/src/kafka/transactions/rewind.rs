//! After a transaction that failed: everything in flight is void, and the consumer goes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::Transactions;
use crate::error::{Error, ErrorKind};
use crate::kafka::intake::Intake;
use crate::kafka::partitions::Partition;
use crate::mutant;

/// How long the consumer may take to go back.
const SEEK_WITHIN: Duration = Duration::from_secs(10);
/// Between two attempts.
const BREATH: Duration = Duration::from_millis(20);

impl Intake {
    /// Voids everything that is in flight; returns the partitions it was of.
    pub(super) fn take_back(&self, all: &Transactions) -> Vec<Arc<Partition>> {
        let assigned = self.assigned();
        for partition in &assigned {
            partition.end_assignment();
            partition.end_hand_over();
            self.restart_tracking(partition.id);
        }
        all.rewinds.fetch_add(1, Ordering::SeqCst);
        // A lane that waits with an electron of theirs for its retry gives it back now.
        self.bell.ring();
        assigned
    }

    /// Goes back to where Kafka says that these partitions are. What the transaction did is not
    /// asked from memory: a commit may have been made although its answer was lost.
    pub(super) fn go_back(&self, consumer: &BaseConsumer<Self>, partitions: &[Arc<Partition>]) {
        if partitions.is_empty() || mutant::is("no-rewind") {
            return;
        }
        if let Err(error) = self.seek(consumer, partitions) {
            let context = format!("{}: the consumer cannot go back", self.who);
            self.stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    fn seek(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[Arc<Partition>],
    ) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(partition.stream.as_str(), partition.number);
        }
        let deadline = Instant::now() + SEEK_WITHIN;
        let positions = self.starting_offsets(consumer, &list, || {})?;
        if self.stopper.is_stopping() {
            return Ok(());
        }
        for partition in partitions {
            let position = positions.find_partition(partition.stream.as_str(), partition.number);
            if let Some(position) = position {
                self.began(partition.id, position.offset());
            }
        }
        loop {
            let sought = consumer.seek_partitions(positions.clone(), SEEK_WITHIN)?;
            let failed = sought
                .elements()
                .iter()
                .find_map(|element| element.error().err());
            match failed {
                None => return Ok(()),
                Some(error) if Instant::now() >= deadline => return Err(error),
                // The client has not begun to fetch it yet.
                Some(error) => tracing::debug!("kafka: a seek is repeated: {error}"),
            }
            self.stopper.wait(BREATH);
            if self.stopper.is_stopping() {
                return Ok(());
            }
        }
    }
}
