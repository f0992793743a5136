//! What the callbacks of a micromodule's consumer know: the assignment, the queues of the inputs, and how settled offsets
//! are stored. Who polls is `reader`, who fills the inboxes is `feed`.

mod assigned;
mod beginning;
mod identity;
mod inputs;
mod listed;
mod notes;
mod positions;
mod queues;
mod rebalance;
#[cfg(test)]
pub(super) mod testing;
mod unowned;

use std::sync::Arc;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;

pub(crate) use self::assigned::{Assigned, AssignedPartition, Tracking};
pub(super) use self::beginning::Beginnings;
use self::identity::Recreations;
pub(crate) use self::inputs::{Input, InputStreams};
pub(super) use self::positions::Positions;
pub(crate) use self::queues::InputQueues;
use self::rebalance::Rebalance;
pub(super) use self::unowned::Rejoins;
use crate::assignment::partitions::Partition;
use crate::codec::Codec;
use crate::kafka::client::endpoint::OnSettled;
use crate::kafka::client::log::Log;
use crate::kafka::consumer::membership::{ClosingState, MemberKind, RebalanceReply};
use crate::kafka::consumer::transactions::Transactions;
use crate::kafka::topics::ids as stream_ids;
use crate::kafka::topics::ids::IdClient;
use crate::kafka::{Reporter, Sightings};
use crate::mutant;
use crate::settle::tracker::Tracker;
use crate::shutdown::InstanceHandle;
use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::OnRecreate;
use crate::stream::StreamName;

/// How settled inputs get committed.
pub(crate) enum Settling {
    /// At least once: they are stored, and committed by the client every second.
    Stored,
    /// At most once: a lane has committed them before it handled them.
    Before,
    /// Exactly once: together with their outputs.
    Transactions(Box<Transactions>),
}

impl Settling {
    fn delivery(&self) -> DeliveryMode {
        match self {
            Self::Stored => DeliveryMode::AtLeastOnce,
            Self::Before => DeliveryMode::AtMostOnce,
            Self::Transactions(_) => DeliveryMode::ExactlyOnce,
        }
    }
}

/// How long one question to the broker may take.
const ASK_WITHIN: Duration = Duration::from_secs(2);

/// What the consumer's callbacks know. They run inside `poll`, on the consumer's own thread.
pub(crate) struct Intake {
    reporter: Reporter,
    pub(crate) instance: Arc<InstanceHandle>,
    pub(crate) assigned: Assigned,
    pub(crate) inputs: InputStreams,
    pub(crate) queues: InputQueues,
    pub(crate) cooperative: bool,
    pub(crate) kind: MemberKind,
    /// Where a group without a committed offset starts.
    pub(crate) beginning: Offset,
    /// How long a revocation waits for the electron in hand.
    pub(crate) drain: Duration,
    /// Whether headers count among the bytes that `on_settled` is told.
    pub(crate) counts_headers: bool,
    pub(crate) on_settled: OnSettled,
    pub(crate) settling: Settling,
    /// Who tells the ids of streams; the embedded broker's never change.
    asked: Option<IdClient>,
    on_recreate: OnRecreate,
    /// What is seen of the streams while they are read.
    sightings: Arc<Sightings>,
    log: Log,
    pub(crate) recreations: Recreations,
    closing: ClosingState,
}

/// Everything an intake is built from.
pub(crate) struct IntakeParts {
    pub(crate) reporter: Reporter,
    pub(crate) instance: Arc<InstanceHandle>,
    pub(crate) cooperative: bool,
    pub(crate) kind: MemberKind,
    pub(crate) beginning: Offset,
    pub(crate) drain: Duration,
    /// Whether headers count among the bytes that `on_settled` is told.
    pub(crate) counts_headers: bool,
    pub(crate) on_settled: OnSettled,
    pub(crate) settling: Settling,
    pub(crate) asked: Option<IdClient>,
    pub(crate) on_recreate: OnRecreate,
    pub(crate) sightings: Arc<Sightings>,
    pub(in crate::kafka) log: Log,
    pub(crate) inputs: Vec<(StreamName, Codec)>,
    /// How many of them, from the first, are the link's inputs: behind them are streams of retries.
    pub(crate) declared: usize,
    pub(crate) tracker: Tracker,
}

impl Intake {
    pub(crate) fn new(parts: IntakeParts) -> Self {
        let intake = Self {
            reporter: parts.reporter,
            instance: parts.instance,
            assigned: Assigned::new(parts.tracker),
            inputs: InputStreams::new(parts.inputs, parts.declared),
            queues: InputQueues::default(),
            cooperative: parts.cooperative,
            kind: parts.kind,
            beginning: parts.beginning,
            drain: parts.drain,
            counts_headers: parts.counts_headers,
            on_settled: parts.on_settled,
            settling: parts.settling,
            asked: parts.asked,
            on_recreate: parts.on_recreate,
            sightings: parts.sightings,
            log: parts.log,
            recreations: Recreations::default(),
            closing: ClosingState::default(),
        };
        intake.sightings.set_read(intake.inputs.open());
        intake
    }

    /// What is seen of the streams that are read.
    pub(super) fn sightings(&self) -> &Sightings {
        &self.sightings
    }

    /// How far the end of this consumer is.
    pub(crate) fn closing(&self) -> &ClosingState {
        &self.closing
    }

    /// Opens or closes an input; returns whether anything changed.
    pub(crate) fn set_input(&self, stream: &StreamName, open: bool) -> bool {
        let changed = self.inputs.set(stream, open);
        self.sightings.set_read(self.inputs.open());
        changed
    }

    /// Moves the watermarks of `partitions` and stores them for the next commit; returns those that
    /// moved. With transactions their end does that; one that is killed settles nothing more.
    pub(crate) fn store(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[Arc<Partition>],
    ) -> TopicPartitionList {
        let mut moved = TopicPartitionList::new();
        if matches!(self.settling, Settling::Transactions(_)) || self.instance.is_killed() {
            return moved;
        }
        for partition in partitions {
            let Some(watermark) = self.assigned.advance(partition) else {
                continue;
            };
            let next = watermark.next_offset + i64::from(mutant::is("plus-one-twice"));
            // Not `store_offset`: that one takes the last offset, this one the next.
            if let Err(error) = self.recreations.add_next(&mut moved, partition, next) {
                tracing::error!("kafka: an offset cannot be stored: {error}");
            }
            self.note_stored(partition);
            (self.on_settled)(&partition.stream, watermark);
        }
        if let Settling::Stored = self.settling
            && moved.count() > 0
            && !mutant::is("auto-store")
            && let Err(error) = consumer.store_offsets(&moved)
        {
            tracing::warn!("kafka: offsets could not be stored: {error}");
        }
        moved
    }
}

impl ClientContext for Intake {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if let Some(recreated) = stream_ids::said_by_client(text) {
            self.on_client_saw(recreated);
        }
        if self.log.wants(level) {
            self.reporter.log(level, facility, text);
        }
        self.queues.heard();
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // It comes out of `poll` as well, where the reader says what follows from it.
        tracing::debug!("kafka: {error}: {reason}");
    }
}

impl ConsumerContext for Intake {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        // What is taken meanwhile would be of an assignment that has ended by the time it is tracked.
        let _closed = self.queues.close();
        let gives = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        match self.closing.owes() {
            RebalanceReply::TheEvent if gives => Rebalance::of(consumer).on_assign(list),
            RebalanceReply::TheEvent => Rebalance::of(consumer).on_revoke(list),
            owed @ (RebalanceReply::Release | RebalanceReply::Nothing) => {
                Rebalance::of(consumer).on_closing(owed)
            }
        }
        self.assigned.set_member(gives);
        self.assigned.next_epoch();
        // A lane that waits because its retry queues are full looks whether what is in them is still its own.
        self.instance.bell().ring();
        self.queues.heard();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        self.queues.heard();
        let Err(error) = result else { return };
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset) {
            say_uncommitted(&error);
        }
    }
}

/// Says that a commit failed, which will be repeated.
fn say_uncommitted(error: &KafkaError) {
    match error.rdkafka_error_code() {
        // The group changes: what was stored is committed by the revocation or the next commit.
        Some(
            RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::UnknownMemberId,
        ) => tracing::debug!("kafka: a commit met a rebalance and is repeated: {error}"),
        _ => tracing::warn!("kafka: a commit failed and is repeated: {error}"),
    }
}
