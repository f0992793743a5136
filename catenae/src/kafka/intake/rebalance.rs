//! What happens when partitions come and go. Runs inside `poll`, on the consumer's own thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::listed::listed;
use super::{Intake, Settling};
use crate::error::{Error, ErrorKind};
use crate::kafka::membership::Owed;
use crate::kafka::partitions::Partition;
use crate::tracker::PartitionId;

/// How long the start of an assignment may take to look its committed offsets up. A transaction of
/// a dead instance hides them until Kafka gives it up, some 25 seconds later.
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);
/// How long one such question may take: between two of them a stop is noticed.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl Intake {
    pub(super) fn on_assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        // Others may have to be waited for: the own transaction must not get too old meanwhile.
        let start = self.starting_offsets(consumer, list, || self.keep_transaction(consumer));
        let start = match start {
            Ok(start) => start,
            Err(error) => {
                let context = format!("{}: the committed offsets cannot be read", self.who);
                self.stopper
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
                list.clone()
            }
        };
        for element in start.elements() {
            let Some((_, input)) = self.input(element.topic()) else {
                continue;
            };
            let number = element.partition();
            let partition = self.partitions.named(&input.stream, input.codec, number);
            self.books().tracker.assign(partition.id);
            self.began(partition.id, element.offset());
        }
        let assigned = if self.cooperative {
            consumer.incremental_assign(&start)
        } else {
            consumer.assign(&start)
        };
        if let Err(error) = assigned {
            let context = format!("{}: partitions cannot be assigned", self.who);
            self.stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
        tracing::info!("assigned: {}", listed(&start));
    }

    /// Where reading a partition begins, if that is a number.
    pub(in crate::kafka) fn began(&self, partition: PartitionId, offset: Offset) {
        let mut books = self.books();
        match offset {
            Offset::Offset(first) => books.began.insert(partition, first),
            _ => books.began.remove(&partition),
        };
    }

    /// The committed offsets, and the beginning where there is none: with `auto.offset.reset=error`
    /// a new group is the only one that starts there. Calls `meanwhile` every second.
    pub(in crate::kafka) fn starting_offsets(
        &self,
        consumer: &BaseConsumer<Self>,
        list: &TopicPartitionList,
        meanwhile: impl Fn(),
    ) -> KafkaResult<TopicPartitionList> {
        let deadline = Instant::now() + COMMITTED_WITHIN;
        let start = loop {
            // A stop does not wait for an answer: nothing of these partitions will be handled.
            if self.stopper.is_stopping() {
                return Ok(list.clone());
            }
            match consumer.committed_offsets(list.clone(), ASK_AGAIN) {
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(error) => tracing::debug!("kafka: no committed offsets yet: {error}"),
                Ok(start) if is_unstable(&start) && Instant::now() < deadline => {
                    tracing::debug!("kafka: a transaction of another instance is still open");
                    self.stopper.wait(ASK_AGAIN / 10);
                }
                Ok(start) => break start,
            }
            meanwhile();
        };
        for mut element in start.elements() {
            element.error()?;
            if matches!(element.offset(), Offset::Invalid) {
                element.set_offset(self.beginning)?;
            }
        }
        Ok(start)
    }

    pub(super) fn on_revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        let revoked: Vec<Arc<Partition>> = self
            .assigned()
            .into_iter()
            .filter(|partition| {
                list.find_partition(partition.stream.as_str(), partition.number)
                    .is_some()
            })
            .collect();
        // From here on lanes drop what they have not started of these partitions.
        for partition in &revoked {
            partition.end_assignment();
        }
        // A lane that waits with an electron of theirs for its retry gives it back now.
        self.bell.ring();
        if consumer.assignment_lost() {
            tracing::warn!("lost: {}; {}", listed(list), self.fate_of_lost());
            self.lose(consumer, &revoked);
        } else {
            self.drain(&revoked);
            self.give_back(consumer, &revoked);
            tracing::info!("revoked: {}", listed(list));
        }
        for partition in &revoked {
            self.books().tracker.revoke(partition.id);
        }
        // A pause outlives its assignment in librdkafka: when the partition comes back it would be
        // read no more, because nobody knows that it is paused.
        if let Err(error) = consumer.resume(list) {
            tracing::warn!("kafka: partitions given back stay paused: {error}");
        }
        let unassigned = if self.cooperative {
            consumer.incremental_unassign(list)
        } else {
            consumer.unassign()
        };
        if let Err(error) = unassigned {
            tracing::warn!("kafka: partitions could not be given back: {error}");
        }
    }

    /// The consumer is being closed: nothing is asked of the client but what it waits for.
    pub(super) fn on_closing(&self, consumer: &BaseConsumer<Self>, owed: Owed) {
        for partition in self.assigned() {
            partition.end_assignment();
            self.books().tracker.revoke(partition.id);
        }
        if owed == Owed::Release
            && let Err(error) = consumer.unassign()
        {
            tracing::debug!("kafka: closed before its partitions were given back: {error}");
        }
    }

    fn fate_of_lost(&self) -> &'static str {
        match &self.settling {
            Settling::Before => "what was in hand is finished, and not read again",
            Settling::Stored | Settling::Transactions(_) => {
                "what was in flight is handled again by the next owner"
            }
        }
    }

    /// Waits until nothing that was started of these partitions is open.
    fn drain(&self, revoked: &[Arc<Partition>]) {
        if let Settling::Transactions(all) = &self.settling {
            all.hand_over_left();
        }
        let ids: Vec<PartitionId> = revoked.iter().map(|partition| partition.id).collect();
        let drained = self.bell.wait(self.drain, || {
            // A failed electron stays in hand for ever: the micromodule stops for it.
            self.stopper.has_failed()
                || self.parting.has_committed()
                || !self.books().tracker.has_in_hand(&ids)
        });
        if !drained {
            let again = match &self.settling {
                Settling::Before => "does not handle it again",
                Settling::Stored | Settling::Transactions(_) => "handles it again",
            };
            tracing::warn!(
                "the electron in hand takes longer than {} s: its partition goes to another \
                 instance, which {again}",
                self.drain.as_secs()
            );
        }
    }

    /// Commits what the watermarks of these partitions have reached, before others get them.
    fn give_back(&self, consumer: &BaseConsumer<Self>, revoked: &[Arc<Partition>]) {
        match &self.settling {
            // After the last commit nothing is in flight that anybody could commit.
            Settling::Transactions(_) if self.parting.has_committed() => {}
            Settling::Transactions(_) => self.commit_transaction(consumer, revoked),
            // Committed before it was handled.
            Settling::Before => drop(self.store(consumer, revoked)),
            Settling::Stored => {
                let moved = self.store(consumer, revoked);
                if moved.count() > 0
                    && let Err(error) = consumer.commit(&moved, CommitMode::Sync)
                {
                    tracing::warn!(
                        "kafka: the last offsets of a partition were not committed: {error}"
                    );
                }
            }
        }
    }

    fn lose(&self, consumer: &BaseConsumer<Self>, lost: &[Arc<Partition>]) {
        if let Settling::Transactions(_) = &self.settling
            && !self.parting.has_committed()
        {
            self.abort_transaction(consumer, lost);
        }
    }
}

/// Whether Kafka cannot say yet what is committed, because a transaction holds it open.
fn is_unstable(list: &TopicPartitionList) -> bool {
    let unstable = |error: &rdkafka::error::KafkaError| {
        error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnstableOffsetCommit)
    };
    let elements = list.elements();
    elements
        .iter()
        .any(|element| element.error().err().is_some_and(|error| unstable(&error)))
}
