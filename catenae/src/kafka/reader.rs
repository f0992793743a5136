//! The consumer's loop: polls always, stops intake when the lanes are busy, stores what is settled.

mod pauses;
mod trouble;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};

use crate::context::InputChange;
use crate::error::{Error, ErrorKind};
use crate::kafka::headers;
use crate::kafka::inbox::Item;
use crate::kafka::intake::{Intake, Settling};
use crate::kafka::membership::{self, Holding};
use crate::kafka::streams::Streams;
use crate::kafka::{Inbox, KafkaPort, Watch, watch};
use crate::mutant;
use crate::tracker::PartitionId;

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
    streams: &'i Streams,
    staged: Vec<Vec<(usize, Item<'c>)>>,
    known: Option<Known>,
    paused: BTreeSet<usize>,
    epoch: u64,
    watch: Watch,
}

/// The partition of the last record: the next one is usually of the same.
#[derive(Clone, Copy)]
struct Known {
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
        streams: &'i Streams,
        watch: Watch,
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
        while !self.intake().stopper.is_stopping() {
            self.apply_changes();
            self.intake().keep_transaction(self.consumer);
            if self.may_poll(polled) {
                polled = Instant::now();
                self.read();
            }
            if stored.elapsed() >= STORE_EVERY {
                stored = Instant::now();
                self.store();
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
        self.intake().parting().commit_was_made();
        self.commit(limit);
    }

    /// Says which electrons the lanes have in hand; `fate` is what becomes of them.
    pub(crate) fn say_unfinished(&self, fate: &str) {
        let in_hand = watch::in_hand(self.intake(), self.inboxes);
        if in_hand.is_empty() {
            tracing::warn!("a lane is not finished; it is cut off at the deadline");
        }
        for electron in in_hand {
            tracing::warn!("the electron in hand is not finished: {electron}; {fate}");
        }
    }

    /// Leaves the group: others take over at once and not when the session times out. `patience` is
    /// how long it may take, given what is still held. A static member keeps its place.
    pub(crate) fn leave(&mut self, patience: impl Fn(Holding) -> Duration) {
        if !membership::leave(self.consumer, self.intake().kind, patience) {
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
                        "kafka: the last commit failed; what it held is read again at the next \
                         start: {error}"
                    );
                    return;
                }
            }
        }
    }

    fn subscribe(&mut self) {
        let inputs = self.intake().open_inputs();
        if inputs.is_empty() {
            self.consumer.unsubscribe();
            return;
        }
        let names: Vec<&str> = inputs.iter().map(|stream| stream.as_str()).collect();
        if let Err(error) = self.consumer.subscribe(&names) {
            let context = format!(
                "{}: cannot subscribe to {}",
                self.intake().who,
                names.join(", ")
            );
            self.intake()
                .stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    fn apply_changes(&mut self) {
        let changes = self.port.take_changes();
        let mut changed = false;
        for change in changes {
            let applied = match &change {
                InputChange::Add(stream) => {
                    let ensured = self.streams.ensure_input(stream, &self.intake().stopper);
                    ensured.map(|retries| {
                        let added = self.intake().set_input(stream, true);
                        // What already waits for a retry goes on waiting when its input is removed.
                        retries.is_some_and(|retries| self.intake().set_input(&retries, true))
                            || added
                    })
                }
                InputChange::Remove(stream) => Ok(self.intake().set_input(stream, false)),
            };
            match applied {
                Ok(applied) => changed |= applied,
                Err(error) => self.intake().stopper.fail(error),
            }
        }
        if changed {
            self.known = None;
            self.subscribe();
        }
    }

    fn read(&mut self) {
        let wait = if self.intake().is_idle() {
            TICK
        } else {
            STORE_EVERY
        };
        if let Some(polled) = self.consumer.poll(wait) {
            self.accept(polled);
            for _ in 1..DRAIN {
                // A rebalance brings partitions that are not paused yet.
                if self.intake().epoch() != self.epoch {
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
        let epoch = self.intake().epoch();
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
            Err(error) => return self.on_error(&error),
        };
        let Some(known) = self.partition_of(&message) else {
            return;
        };
        let mut bytes = message.payload_len() + message.key_len();
        if self.intake().counts_headers {
            bytes += message.headers().map_or(0, headers::native_size);
        }
        let Some(slot) = self.intake().track(known.id, message.offset(), bytes) else {
            // A record of a partition that has just been revoked is the next owner's. One without a
            // place would be skipped by those behind it.
            if !self.intake().has_room(1) {
                let context = format!("{}: too many electrons in flight", self.intake().who);
                let error = Error::new(ErrorKind::Kafka, context);
                self.intake().stopper.fail(error);
            }
            return;
        };
        if mutant::is("auto-store") {
            let _ = self.consumer.store_offset_from_message(&message);
        }
        let lane = if self.staged.len() == 1 {
            0
        } else {
            lane_of(&message, self.staged.len())
        };
        let (partition, generation) = (known.id, known.generation);
        self.staged[lane].push((
            known.input,
            Item {
                message,
                slot,
                partition,
                generation,
                bytes,
            },
        ));
    }

    fn partition_of(&mut self, message: &BorrowedMessage<'_>) -> Option<Known> {
        let (topic, number) = (message.topic_ptr() as usize, message.partition());
        if self.epoch != self.intake().epoch() {
            self.known = None;
        }
        if let Some(known) = self.known
            && known.topic == topic
            && known.number == number
        {
            return Some(known);
        }
        let (input, entry) = self.intake().input(message.topic())?;
        let partition = self
            .intake()
            .partitions
            .named(&entry.stream, entry.codec, number);
        let (id, generation) = (partition.id, partition.generation());
        let known = Known {
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
            .store(self.consumer, &self.intake().assigned());
        drop(moved);
    }
}

/// Equal keys go to the same lane; electrons without a key stay in the order of their partition.
fn lane_of(message: &BorrowedMessage<'_>, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    match message.key() {
        Some(_) if mutant::is("any-lane") => message.offset().hash(&mut hasher),
        Some(key) => key.hash(&mut hasher),
        None => message.partition().hash(&mut hasher),
    }
    let lanes = u64::try_from(lanes).unwrap_or(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}
