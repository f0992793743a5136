//! Where a consumer reads: positions are looked up, sought and committed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{ASK_WITHIN, Intake, Settling};
use crate::assignment::partitions::Partition;
use crate::kafka::topics::partition_count;
use crate::stream::StreamName;

/// How long the start of an assignment may take to look its committed offsets up. A transaction of
/// a dead instance hides them until Kafka gives it up, some 25 seconds later.
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);
/// How long one such question may take: between two of them a stop is noticed.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a consumer may take to go to the beginning.
const SEEK_WITHIN: Duration = Duration::from_secs(10);
/// How long one attempt at it may take: rebalances wait meanwhile.
const TRY_SEEK: Duration = Duration::from_secs(1);
/// How long the client may take to begin to fetch what was assigned: what is not fetched then was stopped.
const STARTED_WITHIN: Duration = Duration::from_millis(500);
/// Between two attempts.
const BREATH: Duration = Duration::from_millis(20);

/// Where a consumer reads: looked up, sought and committed.
pub(in crate::kafka::consumer) struct Positions<'c> {
    consumer: &'c BaseConsumer<Intake>,
}

impl<'c> Positions<'c> {
    pub(in crate::kafka::consumer) fn of(consumer: &'c BaseConsumer<Intake>) -> Self {
        Self { consumer }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// Gives partitions that were not looked up a place to begin: nothing of them will be handled. The
    /// client would ask for the committed offset, and where there is none that is an error.
    pub(super) fn start_anywhere(&self, list: &TopicPartitionList) {
        for mut element in list.elements() {
            if matches!(element.offset(), Offset::Invalid)
                && let Err(error) = element.set_offset(self.intake().beginning)
            {
                tracing::debug!("kafka: a partition has no place to begin: {error}");
            }
        }
    }

    /// The committed offsets, and the beginning where there is none: with `auto.offset.reset=error`
    /// a new group is the only one that starts there. Calls `meanwhile` every second.
    pub(in crate::kafka) fn starting_offsets(
        &self,
        list: &TopicPartitionList,
        meanwhile: impl Fn(),
    ) -> KafkaResult<TopicPartitionList> {
        let deadline = Instant::now() + COMMITTED_WITHIN;
        let start = loop {
            // A stop does not wait for an answer: nothing of these partitions will be handled.
            if self.intake().instance.is_stopping() {
                return Ok(list.clone());
            }
            match self.consumer.committed_offsets(list.clone(), ASK_AGAIN) {
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(error) => tracing::debug!("kafka: no committed offsets yet: {error}"),
                Ok(start) if is_unstable(&start) && Instant::now() < deadline => {
                    tracing::debug!("kafka: a transaction of another instance is still open");
                    self.intake().instance.wait(ASK_AGAIN / 10);
                }
                Ok(start) => break start,
            }
            meanwhile();
        };
        for mut element in start.elements() {
            element.error()?;
            if matches!(element.offset(), Offset::Invalid) {
                element.set_offset(self.intake().beginning)?;
            }
        }
        self.intake().without_offsets_of_others(start)
    }

    pub(super) fn seek_to_beginning(
        &self,
        stream: &StreamName,
        partitions: &mut Vec<Arc<Partition>>,
    ) -> KafkaResult<()> {
        // It may have fewer than before: those that are gone the group takes back by itself.
        let there = partition_count(self.consumer, stream, ASK_WITHIN)?;
        partitions.retain(|partition| partition.number < there);
        if partitions.is_empty() {
            return Ok(());
        }
        let mut start = TopicPartitionList::new();
        for partition in &*partitions {
            start.add_partition_offset(
                stream.as_str(),
                partition.number,
                self.intake().beginning,
            )?;
        }
        self.seek_to(&start, Instant::now() + TRY_SEEK)
    }

    /// Commits where the work on partitions of a new stream stands: at its beginning, as a rule. The client commits
    /// nothing that is not past what it has committed before, and that was on the former stream.
    pub(super) fn commit_position(&self, partitions: &[Arc<Partition>]) -> KafkaResult<()> {
        // Transactions commit by themselves, and not by what the client knows.
        if partitions.is_empty() || matches!(self.intake().settling, Settling::Transactions(_)) {
            return Ok(());
        }
        let mut positions = TopicPartitionList::new();
        for partition in partitions {
            let (stream, number) = (partition.stream.as_str(), partition.number);
            let position = match self.intake().assigned.settled_up_to(partition.id) {
                Some(position) => position,
                None => {
                    self.consumer
                        .fetch_watermarks(stream, number, ASK_WITHIN)?
                        .0
                }
            };
            self.intake()
                .recreations
                .add_next(&mut positions, partition, position)?;
        }
        // Else the client goes on committing the last offset of the former stream, which it still has stored.
        if let Settling::Stored = self.intake().settling {
            self.consumer.store_offsets(&positions)?;
        }
        self.consumer.commit(&positions, CommitMode::Sync)?;
        for partition in partitions {
            self.intake().note_stored(partition);
        }
        Ok(())
    }

    /// Seeks until the client has done it, or `deadline` is over.
    pub(in crate::kafka) fn seek_to(
        &self,
        positions: &TopicPartitionList,
        deadline: Instant,
    ) -> KafkaResult<()> {
        let began = Instant::now();
        loop {
            let sought = self
                .consumer
                .seek_partitions(positions.clone(), SEEK_WITHIN)?;
            let (mut stopped, mut failed) = (TopicPartitionList::new(), None);
            for element in sought.elements() {
                let Err(error) = element.error() else {
                    continue;
                };
                // One that was assigned a moment ago is in no state to be sought either.
                let is_stopped = error.rdkafka_error_code() == Some(RDKafkaErrorCode::State);
                if is_stopped && began.elapsed() >= STARTED_WITHIN {
                    let (stream, number) = (element.topic(), element.partition());
                    let position = positions.find_partition(stream, number);
                    let offset =
                        position.map_or(self.intake().beginning, |position| position.offset());
                    stopped.add_partition_offset(stream, number, offset)?;
                } else {
                    failed = Some(error);
                }
            }
            if stopped.count() > 0 {
                self.assign_again(&stopped)?;
            }
            match failed {
                None => return Ok(()),
                Some(error) if Instant::now() >= deadline => return Err(error),
                // The client has not begun to fetch it yet.
                Some(error) => tracing::debug!("kafka: a seek is repeated: {error}"),
            }
            self.intake().instance.wait(BREATH);
            if self.intake().instance.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Where reading a partition goes on.
    pub(in crate::kafka::consumer) fn next_offset(&self, partition: &Partition) -> Offset {
        let next = self.intake().assigned.next_to_read(partition.id);
        next.map_or(self.intake().beginning, Offset::Offset)
    }

    /// Takes partitions out of the assignment and puts them back, at these offsets. The client has stopped fetching
    /// them, as it does when an offset is out of range, and seeks none that it does not fetch.
    pub(in crate::kafka::consumer) fn assign_again(
        &self,
        stopped: &TopicPartitionList,
    ) -> KafkaResult<()> {
        // A pause outlives its assignment.
        self.consumer.resume(stopped)?;
        self.intake().assigned.next_epoch();
        if self.intake().cooperative {
            // Where it had been taken out before, and was not put back, it is put back now.
            if let Err(error) = self.consumer.incremental_unassign(stopped) {
                tracing::debug!("kafka: partitions were not taken out of the assignment: {error}");
            }
            return self.consumer.incremental_assign(stopped);
        }
        let mut all = TopicPartitionList::new();
        for partition in self.intake().assigned.all() {
            let (stream, number) = (partition.stream.as_str(), partition.number);
            let wanted = stopped.find_partition(stream, number);
            let wanted = wanted.map(|element| element.offset());
            let offset = wanted.unwrap_or_else(|| self.next_offset(&partition));
            all.add_partition_offset(stream, number, offset)?;
        }
        self.consumer.assign(&all)
    }
}

/// Whether Kafka cannot say yet what is committed, because a transaction holds it open.
fn is_unstable(list: &TopicPartitionList) -> bool {
    let unstable = |error: &KafkaError| {
        error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnstableOffsetCommit)
    };
    let elements = list.elements();
    elements
        .iter()
        .any(|element| element.error().err().is_some_and(|error| unstable(&error)))
}
