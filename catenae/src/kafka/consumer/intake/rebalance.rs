//! What happens when partitions come and go. Runs inside `poll`, on the consumer's own thread.

use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::beginning::Beginnings;
use super::listed::listed;
use super::positions::Positions;
use super::{Intake, Settling};
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::membership::RebalanceReply;
use crate::settle::tracker::PartitionId;

/// Carries out what a rebalance gives or takes.
pub(in crate::kafka::consumer) struct Rebalance<'c> {
    consumer: &'c BaseConsumer<Intake>,
}

impl<'c> Rebalance<'c> {
    pub(in crate::kafka::consumer) fn of(consumer: &'c BaseConsumer<Intake>) -> Self {
        Self { consumer }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    pub(super) fn on_assign(&self, list: &TopicPartitionList) {
        self.intake().recreations.forget_void(list);
        self.intake().identify(list);
        // Others may have to be waited for: the own transaction must not get too old meanwhile.
        let start = Positions::of(self.consumer)
            .starting_offsets(list, || self.intake().keep_transaction(self.consumer));
        let start = match start {
            Ok(start) => start,
            Err(error) => {
                let context = format!(
                    "{}: the committed offsets cannot be read",
                    self.intake().instance.who()
                );
                self.intake()
                    .instance
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
                list.clone()
            }
        };
        let stopping = self.intake().instance.is_stopping();
        if stopping {
            Positions::of(self.consumer).start_anywhere(&start);
        }
        for element in start.elements() {
            let Some((index, input)) = self.intake().inputs.get(element.topic()) else {
                continue;
            };
            let number = element.partition();
            let partition = self.intake().assigned.partitions().named(
                &input.stream,
                input.declared,
                input.codec,
                number,
            );
            self.intake().assigned.begin(partition.id);
            self.intake().assigned.began(partition.id, element.offset());
            self.intake().place(&partition);
            let client = self.consumer.client().native_ptr();
            self.intake().queues.lead(client, &partition, index);
        }
        let assigned = if self.intake().cooperative {
            self.consumer.incremental_assign(&start)
        } else {
            self.consumer.assign(&start)
        };
        if let Err(error) = assigned {
            let context = format!(
                "{}: partitions cannot be assigned",
                self.intake().instance.who()
            );
            self.intake()
                .instance
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        } else if !stopping {
            Beginnings::of(self.consumer).commit_over_void();
        }
        if !stopping {
            return tracing::info!("assigned: {}", listed(&start));
        }
        // What comes while it stops is for the next owner. It does come where the group shared its partitions
        // already when this member gave up its subscription: the client answers that rebalance first.
        if let Err(error) = self.consumer.pause(&start) {
            tracing::debug!("kafka: partitions are fetched for nothing: {error}");
        }
        tracing::debug!("assigned while it stops, and not read: {}", listed(&start));
    }

    pub(super) fn on_revoke(&self, list: &TopicPartitionList) {
        let revoked: Vec<Arc<Partition>> = self
            .intake()
            .assigned
            .all()
            .into_iter()
            .filter(|partition| {
                list.find_partition(partition.stream.as_str(), partition.number)
                    .is_some()
            })
            .collect();
        let lost = self.consumer.assignment_lost();
        if lost {
            tracing::warn!(
                "lost: {}; {}",
                listed(list),
                self.intake().settling.delivery().fate_of_lost()
            );
        }
        self.release(&revoked);
        for partition in &revoked {
            self.intake().queues.forget(partition.id);
        }
        if !lost {
            tracing::info!("revoked: {}", listed(list));
        }
        // A pause outlives its assignment in librdkafka: when the partition comes back it would be
        // read no more, because nobody knows that it is paused.
        if let Err(error) = self.consumer.resume(list) {
            tracing::warn!(
                "kafka: partitions that are given back could not be resumed, and stay \
                paused: {error}"
            );
        }
        let unassigned = if self.intake().cooperative {
            self.consumer.incremental_unassign(list)
        } else {
            self.consumer.unassign()
        };
        if let Err(error) = unassigned {
            tracing::warn!("kafka: partitions could not be given back: {error}");
        }
    }

    /// Ends the work on partitions: waits for what is in hand, commits, and forgets the rest.
    pub(super) fn release(&self, leaving: &[Arc<Partition>]) {
        // From here on lanes drop what they have not started of these partitions.
        for partition in leaving {
            partition.end_assignment();
        }
        // A lane that waits with an electron of theirs for its retry gives it back now.
        self.intake().instance.bell().ring();
        if self.consumer.assignment_lost() {
            self.lose(leaving);
        } else {
            self.drain(leaving);
            self.give_back(leaving);
        }
        for partition in leaving {
            self.intake().assigned.end(partition.id);
        }
        self.intake().forget_refused(leaving);
    }

    /// The consumer is being closed: nothing is asked of the client but what it waits for.
    pub(super) fn on_closing(&self, owed: RebalanceReply) {
        for partition in self.intake().assigned.all() {
            partition.end_assignment();
            self.intake().assigned.end(partition.id);
        }
        if owed == RebalanceReply::Release
            && let Err(error) = self.consumer.unassign()
        {
            tracing::debug!("kafka: closed before its partitions were given back: {error}");
        }
    }

    /// Waits until nothing that was started of these partitions is open.
    fn drain(&self, revoked: &[Arc<Partition>]) {
        if let Settling::Transactions(all) = &self.intake().settling {
            all.hand_over_left();
        }
        let ids: Vec<PartitionId> = revoked.iter().map(|partition| partition.id).collect();
        let drained = self.intake().instance.bell().wait(self.intake().drain, || {
            // A failed electron stays in hand for ever: the micromodule stops for it.
            self.intake().instance.has_failed()
                || self.intake().instance.is_killed()
                || self.intake().closing.has_committed()
                || !self.intake().assigned.has_in_hand(&ids)
        });
        if !drained && !self.intake().instance.is_killed() {
            let again = self.intake().settling.delivery().next_owner();
            tracing::warn!(
                "the electron in hand takes longer than {} s: its partition goes to another \
                 instance, which {again}",
                self.intake().drain.as_secs()
            );
        }
    }

    /// Commits what the watermarks of these partitions have reached, before others get them.
    fn give_back(&self, revoked: &[Arc<Partition>]) {
        match &self.intake().settling {
            // After the last commit nothing is in flight that anybody could commit.
            Settling::Transactions(_) if self.intake().closing.has_committed() => {}
            Settling::Transactions(_) => self.intake().commit_transaction(self.consumer, revoked),
            // Committed before it was handled.
            Settling::Before => drop(self.intake().store(self.consumer, revoked)),
            Settling::Stored => {
                let moved = self.intake().store(self.consumer, revoked);
                if moved.count() > 0
                    && let Err(error) = self.consumer.commit(&moved, CommitMode::Sync)
                {
                    tracing::warn!(
                        "kafka: the last offsets of a partition were not committed: {error}"
                    );
                }
            }
        }
    }

    fn lose(&self, lost: &[Arc<Partition>]) {
        if let Settling::Transactions(_) = &self.intake().settling
            && !self.intake().closing.has_committed()
        {
            self.intake().abort_transaction(self.consumer, lost);
        }
    }
}
