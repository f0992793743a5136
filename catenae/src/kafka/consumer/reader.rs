//! The consumer's loop: polls always, and stores what is settled. Lanes take electrons by themselves, see `feed`.

mod errors;
mod refused;
mod subscription;

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::Message as _;

use self::errors::ReadErrors;
pub(crate) use self::refused::Refusing;
use crate::assignment::inbox::Inbox;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::feed::Feed;
use crate::kafka::consumer::intake::Beginnings;
use crate::kafka::consumer::intake::{Intake, Settling};
use crate::kafka::consumer::membership;
use crate::kafka::consumer::membership::Holding;
use crate::kafka::consumer::watch;
use crate::kafka::topics::StreamAdmin;
use crate::kafka::{Departure, KafkaPort, StallWatch};

/// How long one poll waits when nothing is in flight.
const TICK: Duration = Duration::from_millis(100);
/// How often watermarks are stored, and how long one poll waits while something is in flight.
const STORE_EVERY: Duration = Duration::from_millis(20);
/// How long one poll waits while a transaction is under way, whose end is looked for in between.
const TRANSACTION_TICK: Duration = Duration::from_millis(5);

/// Everything a reader is built from.
pub(crate) struct ReaderParts<'c, 'i> {
    pub(crate) consumer: &'c BaseConsumer<Intake>,
    pub(crate) inboxes: &'i [Inbox<'c>],
    pub(crate) feed: &'i Feed<'i, 'c>,
    pub(crate) port: &'i KafkaPort,
    pub(crate) streams: &'i StreamAdmin,
    pub(crate) watch: StallWatch,
    pub(crate) refused: Refusing<'i>,
}

/// Serves the consumer until the micromodule stops.
pub(crate) struct Reader<'c, 'i> {
    consumer: &'c BaseConsumer<Intake>,
    inboxes: &'i [Inbox<'c>],
    feed: &'i Feed<'i, 'c>,
    port: &'i KafkaPort,
    streams: &'i StreamAdmin,
    watch: StallWatch,
    errors: ReadErrors<'i>,
    refused: Refusing<'i>,
}

impl<'c, 'i> Reader<'c, 'i> {
    pub(crate) fn new(parts: ReaderParts<'c, 'i>) -> Self {
        Self {
            errors: ReadErrors::new(parts.consumer, parts.streams),
            consumer: parts.consumer,
            inboxes: parts.inboxes,
            feed: parts.feed,
            port: parts.port,
            streams: parts.streams,
            watch: parts.watch,
            refused: parts.refused,
        }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// Reads until the micromodule stops.
    pub(crate) fn run(&mut self) {
        self.subscribe();
        let mut stored = Instant::now();
        while !self.intake().instance.is_stopping() {
            self.apply_changes();
            Beginnings::of(self.consumer).begin_recreated();
            self.intake().keep_transaction(self.consumer);
            self.poll();
            if stored.elapsed() >= STORE_EVERY {
                stored = Instant::now();
                self.relieve();
                self.intake().queues.lead_again();
                Beginnings::of(self.consumer).commit_over_void();
                self.errors.look_for_missing();
                self.rejoin_for_unowned();
                // What is made to stand still is no stall; the lanes say so themselves.
                if !self.inboxes.iter().any(Inbox::is_paused) {
                    let held = || self.feed.held();
                    self.watch.look(self.consumer, self.inboxes, &held);
                }
            }
        }
    }

    /// Serves events while the lanes finish what they have in hand, until `done` or `limit`.
    pub(crate) fn drain(&mut self, limit: Duration, done: impl Fn() -> bool) {
        let deadline = Instant::now() + limit;
        while !done() && Instant::now() < deadline {
            drop(self.consumer.poll(STORE_EVERY));
        }
    }

    /// Stores the settled offsets and commits them, at most `limit`; nothing is settled afterwards.
    pub(crate) fn close(&mut self, limit: Duration) {
        self.intake().closing().commit_was_made();
        self.say_refused();
        self.commit(limit);
    }

    /// Commits nothing more: what is open of a transaction is aborted, and nothing is settled afterwards.
    pub(crate) fn abandon(&mut self) {
        self.intake().closing().commit_was_made();
        if let Settling::Transactions(_) = self.intake().settling {
            let assigned = self.intake().assigned.all();
            self.intake().abort_transaction(self.consumer, &assigned);
        }
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

    /// Serves what the client has to say; electrons are not among it.
    fn poll(&self) {
        let intake = self.intake();
        let wait = match &intake.settling {
            Settling::Transactions(_) if intake.assigned.is_idle() => STORE_EVERY,
            Settling::Transactions(_) => TRANSACTION_TICK,
            Settling::Stored | Settling::Before if intake.assigned.is_idle() => TICK,
            Settling::Stored | Settling::Before => STORE_EVERY,
        };
        match self.consumer.poll(wait) {
            None => {}
            Some(Err(error)) => self.errors.on_error(&error, None),
            Some(Ok(message)) => {
                let context = format!(
                    "{}: stream `{}`, partition {}: offset {} came on a way that nobody reads: \
                     this is a bug in catenae",
                    intake.instance.who(),
                    message.topic(),
                    message.partition(),
                    message.offset()
                );
                let error = Error::new(ErrorKind::Kafka, context);
                intake.instance.fail(error);
            }
        }
        intake.queues.heard();
        for error in self.feed.take_errors() {
            self.errors.on_error(&error.error, Some(&error.to_string()));
            self.errors.restore_position(&error.stream, error.number);
        }
    }

    /// Stores what is settled, which makes room for more. Transactions end in their time, or when there is no room.
    fn relieve(&self) {
        let intake = self.intake();
        match intake.settling {
            Settling::Transactions(_) if self.feed.has_room() => return,
            Settling::Transactions(_) => intake.commit_transaction(self.consumer, &[]),
            Settling::Stored | Settling::Before => self.store(),
        }
        intake.instance.bell().ring();
    }

    fn store(&self) {
        let moved = self
            .intake()
            .store(self.consumer, &self.intake().assigned.all());
        drop(moved);
    }
}
