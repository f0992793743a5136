//! The consumer's loop: polls always, stops intake when the lanes are busy, stores what is settled.

mod errors;
mod pauses;
mod refused;
mod subscription;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};

use self::errors::ReadErrors;
pub(crate) use self::refused::Refusing;
use crate::assignment::inbox::Inbox;
use crate::assignment::inbox::InboxRecord;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::headers;
use crate::kafka::client::record::FetchedRecord;
use crate::kafka::consumer::intake::Beginnings;
use crate::kafka::consumer::intake::{Intake, Settling};
use crate::kafka::consumer::membership;
use crate::kafka::consumer::membership::Holding;
use crate::kafka::consumer::watch;
use crate::kafka::topics::StreamAdmin;
use crate::kafka::{Departure, KafkaPort, StallWatch};
use crate::mutant;
use crate::settle::tracker::PartitionId;

/// Records taken from the client before the lanes get them.
const DRAIN: usize = 256;
/// How long one poll waits when nothing is in flight.
const TICK: Duration = Duration::from_millis(100);
/// How often watermarks are stored, and how long one poll waits while something is in flight.
const STORE_EVERY: Duration = Duration::from_millis(20);

/// Reads for the lanes until the micromodule stops.
pub(crate) struct Reader<'c, 'i> {
    consumer: &'c BaseConsumer<Intake>,
    inboxes: &'i [Inbox<'c>],
    port: &'i KafkaPort,
    streams: &'i StreamAdmin,
    staged: Vec<Vec<(usize, InboxRecord<'c>)>>,
    known: Option<LastPartition>,
    paused: BTreeSet<usize>,
    epoch: u64,
    watch: StallWatch,
    errors: ReadErrors<'i>,
    refused: Refusing<'i>,
}

/// The partition of the last record: the next one is usually of the same.
#[derive(Clone, Copy)]
struct LastPartition {
    topic: usize,
    number: i32,
    id: PartitionId,
    generation: u32,
    input: usize,
}

impl<'c, 'i> Reader<'c, 'i> {
    pub(crate) fn new(
        consumer: &'c BaseConsumer<Intake>,
        inboxes: &'i [Inbox<'c>],
        port: &'i KafkaPort,
        streams: &'i StreamAdmin,
        watch: StallWatch,
        refused: Refusing<'i>,
    ) -> Self {
        let mut staged = Vec::new();
        staged.resize_with(inboxes.len(), Vec::new);
        let (known, paused, epoch) = (None, BTreeSet::new(), 0);
        Self {
            consumer,
            inboxes,
            port,
            streams,
            staged,
            known,
            paused,
            epoch,
            watch,
            errors: ReadErrors::new(consumer, streams),
            refused,
        }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// Reads until the micromodule stops.
    pub(crate) fn run(&mut self) {
        self.subscribe();
        let mut stored = Instant::now();
        let mut polled = Instant::now();
        while !self.intake().instance.is_stopping() {
            self.apply_changes();
            Beginnings::of(self.consumer).begin_recreated();
            self.intake().keep_transaction(self.consumer);
            if self.may_poll(polled) {
                polled = Instant::now();
                self.read();
            }
            if stored.elapsed() >= STORE_EVERY {
                stored = Instant::now();
                self.store();
                Beginnings::of(self.consumer).commit_over_void();
                self.errors.look_for_missing();
                self.rejoin_for_unowned();
                // What is made to stand still is no stall; the lanes say so themselves.
                if !self.inboxes.iter().any(Inbox::is_paused) {
                    self.watch.look(self.consumer, self.inboxes, &self.paused);
                }
            }
        }
    }

    /// Serves events while the lanes finish what they have in hand, until `done` or `limit`.
    pub(crate) fn drain(&mut self, limit: Duration, done: impl Fn() -> bool) {
        let deadline = Instant::now() + limit;
        self.pause_all();
        while !done() && Instant::now() < deadline {
            // Records that were under way when intake stopped are dropped: they were never tracked.
            drop(self.consumer.poll(Duration::from_millis(20)));
        }
    }

    /// Stores the settled offsets and commits them, at most `limit`; nothing is settled afterwards.
    pub(crate) fn close(&mut self, limit: Duration) {
        self.intake().closing().commit_was_made();
        self.say_refused();
        self.commit(limit);
    }

    /// Says which electrons the lanes have in hand; `fate` is what becomes of them.
    pub(crate) fn say_unfinished(&self, fate: &str) {
        let hands = self.inboxes.iter().map(|inbox| &*inbox.hand);
        let in_hand = watch::in_hand(self.intake().assigned.partitions(), hands);
        if in_hand.is_empty() {
            tracing::warn!("a lane is not finished; it is cut off at the deadline");
        }
        for electron in in_hand {
            tracing::warn!("the electron in hand is not finished: {electron}; {fate}");
        }
    }

    /// Leaves the group: others take over at once and not when the session times out. `patience` is
    /// how long it may take, given what is still held. A static member keeps its place.
    pub(crate) fn leave(
        &mut self,
        departure: &Departure<'_>,
        patience: impl Fn(Holding) -> Duration,
    ) {
        if !membership::leave(self.consumer, self.intake().kind, departure, patience) {
            tracing::debug!("kafka: the group was not left before the consumer is closed");
        }
    }

    fn commit(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        match self.intake().settling {
            Settling::Transactions(_) => {
                return self.intake().last_transaction(self.consumer, limit);
            }
            // Committed before it was handled.
            Settling::Before => return self.store(),
            Settling::Stored => self.store(),
        }
        loop {
            let result = self.consumer.commit_consumer_state(CommitMode::Sync);
            let Err(error) = result else { return };
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::NoOffset) => return,
                // Other members leave at the same time: the rebalance is served by polling.
                Some(
                    RDKafkaErrorCode::RebalanceInProgress | RDKafkaErrorCode::IllegalGeneration,
                ) if Instant::now() < deadline => {
                    drop(self.consumer.poll(STORE_EVERY));
                }
                _ => {
                    tracing::warn!(
                        "kafka: the last commit failed; the electrons that it covered are read \
                         again at the next start: {error}"
                    );
                    return;
                }
            }
        }
    }

    fn read(&mut self) {
        let wait = if self.intake().assigned.is_idle() {
            TICK
        } else {
            STORE_EVERY
        };
        if let Some(polled) = self.consumer.poll(wait) {
            self.accept(polled);
            for _ in 1..DRAIN {
                // A rebalance brings partitions that are not paused yet.
                if self.intake().assigned.epoch() != self.epoch {
                    break;
                }
                let Some(polled) = self.consumer.poll(Duration::ZERO) else {
                    break;
                };
                self.accept(polled);
            }
        }
        for (inbox, staged) in self.inboxes.iter().zip(&mut self.staged) {
            inbox.put(staged);
        }
        let epoch = self.intake().assigned.epoch();
        if epoch != self.epoch {
            self.epoch = epoch;
            self.known = None;
            for input in self.paused.clone() {
                self.switch(input, true);
            }
        }
    }

    fn accept(&mut self, polled: Result<BorrowedMessage<'c>, KafkaError>) {
        let message = match polled {
            Ok(message) => message,
            Err(error) => return self.errors.on_error(&error),
        };
        let Some(known) = self.partition_of(&message) else {
            return;
        };
        let mut bytes = message.payload_len() + message.key_len();
        if self.intake().counts_headers {
            bytes += message.headers().map_or(0, headers::native_size);
        }
        let Some(slot) = self
            .intake()
            .assigned
            .track(known.id, message.offset(), bytes)
        else {
            // A record of a partition that has just been revoked is the next owner's. One without a
            // place would be skipped by those behind it.
            if !self.intake().assigned.has_room(1) {
                let context = format!(
                    "{}: too many electrons in flight",
                    self.intake().instance.who()
                );
                let error = Error::new(ErrorKind::Kafka, context);
                self.intake().instance.fail(error);
            }
            return;
        };
        if mutant::is("auto-store") {
            let _ = self.consumer.store_offset_from_message(&message);
        }
        let lane = if self.staged.len() == 1 {
            0
        } else {
            let place = (message.partition(), message.offset());
            lane_of(message.key(), place, self.staged.len())
        };
        let (partition, generation) = (known.id, known.generation);
        self.staged[lane].push((
            known.input,
            InboxRecord {
                record: FetchedRecord::new(message),
                slot,
                partition,
                generation,
                bytes,
            },
        ));
    }

    fn partition_of(&mut self, message: &BorrowedMessage<'_>) -> Option<LastPartition> {
        let (topic, number) = (message.topic_ptr() as usize, message.partition());
        if self.epoch != self.intake().assigned.epoch() {
            self.known = None;
        }
        if let Some(known) = self.known
            && known.topic == topic
            && known.number == number
        {
            return Some(known);
        }
        let (input, entry) = self.intake().inputs.get(message.topic())?;
        // It is read again, from its beginning, by this instance or by the next start.
        if self.intake().recreations.has(&entry.stream) {
            return None;
        }
        let partition = self.intake().assigned.partitions().named(
            &entry.stream,
            entry.declared,
            entry.codec,
            number,
        );
        let (id, generation) = (partition.id, partition.generation());
        let known = LastPartition {
            topic,
            number,
            id,
            generation,
            input,
        };
        self.known = Some(known);
        Some(known)
    }

    /// Frees the places of what is settled.
    fn relieve(&self) {
        match self.intake().settling {
            Settling::Transactions(_) => self.intake().commit_transaction(self.consumer, &[]),
            Settling::Stored | Settling::Before => self.store(),
        }
    }

    fn store(&self) {
        let moved = self
            .intake()
            .store(self.consumer, &self.intake().assigned.all());
        drop(moved);
    }
}

/// Equal keys go to the same lane; electrons without a key stay in the order of their partition.
pub(crate) fn lane_of(key: Option<&[u8]>, (partition, offset): (i32, i64), lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    match key {
        Some(_) if mutant::is("any-lane") => offset.hash(&mut hasher),
        Some(key) => key.hash(&mut hasher),
        None => partition.hash(&mut hasher),
    }
    let lanes = u64::try_from(lanes).unwrap_or(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}
