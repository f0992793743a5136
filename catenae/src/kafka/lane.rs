//! A lane: the thread that runs the user's function, one electron at a time.

use std::any::Any;
use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::bell::Bell;
use crate::codec::Limits;
use crate::config::Order;
use crate::context::InHand;
use crate::electron::Origin;
use crate::error::{Error, ErrorKind};
use crate::kafka::headers::MessageHeaders;
use crate::kafka::inbox::{Item, Taken};
use crate::kafka::intake::Intake;
use crate::kafka::outbox::LaneOutlet;
use crate::kafka::partitions::Partition;
use crate::kafka::{Inbox, Outbox};
use crate::link::{Emitter, Outputs, Runner};
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, PartitionId};

/// What every lane of a micromodule shares.
pub(crate) struct Shop {
    pub(crate) who: String,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) outputs: Outputs,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) order: Order,
    /// Whether one record is taken at a time, so that a more urgent input never waits for more.
    pub(crate) one_by_one: bool,
}

/// A chunk of records taken at once costs about this much of the lane's time.
const CHUNK_AIM: Duration = Duration::from_millis(20);
const CHUNK_MAX: usize = 512;

/// One lane and what it works with.
pub(crate) struct Lane<'l, 'c> {
    pub(crate) shop: &'l Shop,
    pub(crate) in_hand: Arc<InHand>,
    pub(crate) consumer: &'c BaseConsumer<Intake>,
    pub(crate) inbox: &'l Inbox<'c>,
    pub(crate) known: Vec<Option<Arc<Partition>>>,
    pub(crate) buffer: Vec<u8>,
}

impl<'c> Lane<'_, 'c> {
    /// Handles records until the inbox is closed.
    pub(crate) fn run(&mut self, runner: &mut dyn Runner) {
        let one_by_one = self.shop.one_by_one || self.shop.order == Order::Synchronous;
        let mut max = if one_by_one { 1 } else { 16 };
        let mut hand: Vec<Item<'c>> = Vec::new();
        let mut last: Option<(Taken, f64)> = None;
        // Of the last electron: the next one is usually of the same.
        let mut partition: Option<Arc<Partition>> = None;
        while let Some(taken) = self.inbox.take(max, last.take(), &mut hand) {
            let started = Instant::now();
            for item in hand.drain(..) {
                if partition
                    .as_ref()
                    .is_none_or(|last| last.id != item.partition)
                {
                    partition = self.partition(item.partition);
                }
                if let Some(partition) = &partition {
                    self.handle(&item, partition, runner);
                }
            }
            let took = started.elapsed();
            if !one_by_one && took < CHUNK_AIM / 2 {
                max = (max * 2).min(CHUNK_MAX);
            } else if !one_by_one && took > CHUNK_AIM {
                max = (max / 2).max(1);
            }
            last = Some((taken, took.as_secs_f64() * 1e9));
        }
    }

    fn handle(&mut self, item: &Item<'c>, partition: &Partition, runner: &mut dyn Runner) {
        let ledger = &*self.shop.ledger;
        ledger.start(item.slot);
        if self.shop.stopper.is_stopping() || partition.generation() != item.generation {
            ledger.abandon(item.slot);
            self.shop.bell.ring();
            return;
        }
        self.in_hand.set(Some(item.slot));
        let result = self.step(item, partition, runner);
        self.in_hand.set(None);
        match result {
            Ok(()) => {
                // With outputs under way it is their last report that others wait for.
                if ledger.settle_one(item.slot) {
                    self.shop.bell.ring_after_exchange();
                }
                if self.shop.order == Order::Synchronous {
                    self.commit(item, partition);
                }
            }
            // Not a failure of the electron: it stays unsettled.
            Err(failure) if failure.kind() == FailureKind::Stopping => {
                let (stream, number) = (&partition.stream, partition.number);
                let offset = item.message.offset();
                tracing::warn!(
                    "stream `{stream}`, partition {number}, offset {offset} is not finished; it is \
                     read again at the next start: {}",
                    failure
                        .source()
                        .map(ToString::to_string)
                        .unwrap_or_default()
                );
            }
            Err(failure) => {
                let origin = Origin {
                    stream: partition.stream.clone(),
                    partition: partition.number,
                    offset: item.message.offset(),
                    timestamp: item.message.timestamp().to_millis(),
                };
                let value = item.message.payload();
                self.shop
                    .stopper
                    .fail(Error::electron(&self.shop.who, &origin, value, failure));
            }
        }
    }

    fn step(
        &mut self,
        item: &Item<'c>,
        partition: &Partition,
        runner: &mut dyn Runner,
    ) -> Result<(), Failure> {
        let headers = MessageHeaders(&item.message);
        let record = Record {
            stream: &partition.stream,
            codec: partition.codec,
            partition: partition.number,
            offset: item.message.offset(),
            timestamp: item.message.timestamp().to_millis(),
            key: item.message.key(),
            value: item.message.payload(),
            headers: &headers,
            limits: Limits::default(),
        };
        let mut outlet = LaneOutlet::new(&self.shop.outbox, Some(item.slot));
        let mut emitter = Emitter::new(&mut outlet, &self.shop.outputs, &mut self.buffer);
        let result = caught(|| runner.step(record, &mut emitter));
        match self.in_hand.take_failure() {
            // What the function made of a send that met the end of the shutdown is not its own error.
            Some(send) if result.is_ok() || send.kind() == FailureKind::Stopping => Err(send),
            _ => result,
        }
    }

    fn partition(&mut self, id: PartitionId) -> Option<Arc<Partition>> {
        let PartitionId(index) = id;
        let index = index as usize;
        if self.known.len() <= index {
            self.known.resize(index + 1, None);
        }
        if self.known[index].is_none() {
            self.known[index] = self.consumer.context().partitions.get(id);
        }
        self.known[index].clone()
    }

    /// Waits until this electron is settled, and commits it before the next is taken.
    fn commit(&self, item: &Item<'c>, partition: &Partition) {
        let shop = self.shop;
        let settled = || shop.ledger.is_over(item.slot) || shop.stopper.has_failed();
        while !shop.bell.wait(Duration::from_secs(60), settled) {
            tracing::warn!("--sync: still waiting for the outputs of one electron to be delivered");
        }
        if shop.stopper.has_failed() {
            return;
        }
        let mut list = TopicPartitionList::new();
        let next = Offset::Offset(item.message.offset() + 1);
        let stream = partition.stream.as_str();
        let mut result = list.add_partition_offset(stream, partition.number, next);
        let deadline = Instant::now() + COMMIT_WITHIN;
        let ours = || partition.generation() == item.generation;
        while result.is_ok() && ours() {
            result = self.consumer.commit(&list, CommitMode::Sync);
            let Err(error) = &result else { return };
            if !passes(error) || Instant::now() > deadline {
                break;
            }
            if shop.stopper.is_stopping() {
                // The last commit of the shutdown holds it.
                return;
            }
            shop.stopper.wait(Duration::from_millis(50));
            result = Ok(());
        }
        // A partition that moved on meanwhile is the new owner's to commit.
        if let Err(error) = result
            && ours()
        {
            let context = format!(
                "{}: stream `{stream}`, partition {}: offset {} was not committed",
                shop.who,
                partition.number,
                item.message.offset()
            );
            shop.stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }
}

/// How long a commit may be repeated while the group or its coordinator changes.
const COMMIT_WITHIN: Duration = Duration::from_secs(60);

/// Whether a failed commit is worth another try: the group is changing, or its coordinator.
fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::RequestTimedOut
                | RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress
                | RDKafkaErrorCode::WaitingForCoordinator
                | RDKafkaErrorCode::BrokerTransportFailure
        )
    )
}

/// Calls a source, again and again when it has a period, until it ends or the micromodule stops.
pub(crate) fn run_source(
    shop: &Shop,
    every: Option<Duration>,
    runner: &mut dyn Runner,
    in_hand: &InHand,
) {
    let mut buffer = Vec::new();
    let mut due = Instant::now();
    while !shop.stopper.is_stopping() {
        let mut outlet = LaneOutlet::new(&shop.outbox, None);
        let mut emitter = Emitter::new(&mut outlet, &shop.outputs, &mut buffer);
        let result = caught(|| runner.produce(&mut emitter))
            .and_then(|()| in_hand.take_failure().map_or(Ok(()), Err));
        match result {
            Ok(()) => {}
            Err(failure) if failure.kind() == FailureKind::Stopping => return,
            Err(failure) => {
                let context = format!("{}: the source failed", shop.who);
                let error = Error::new(ErrorKind::Lifecycle, context).caused_by(failure);
                return shop.stopper.fail(error);
            }
        }
        let Some(every) = every else { return };
        // From start to start, without overlap; a period that was missed is not made up for.
        due = (due + every).max(Instant::now());
        shop.stopper
            .wait(due.saturating_duration_since(Instant::now()));
    }
}

/// Runs the user's code; a panic becomes a failure. The panic hook has printed its place already.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(Failure::new(FailureKind::Panic, panic_text(&*panic))))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "the panic's value is not text".to_owned()
    }
}
