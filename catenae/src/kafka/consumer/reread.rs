//! Reading single electrons once more: those whose output was refused after their bytes were let go.
//!
//! While nothing is refused the thread sleeps, and there is no consumer. That one belongs to no group, and
//! changes no position of the consumer that reads the inputs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::assignment::inbox::Inbox;
use crate::assignment::partitions::Partition;
use crate::assignment::returned::{Copied, RereadBytes, RereadElectron};
use crate::kafka::Outbox;
use crate::kafka::client::log;
use crate::kafka::client::record::RawHeaders;
use crate::kafka::consumer::feed::lane_of;
use crate::kafka::consumer::intake::Intake;
use crate::settle::tracker::{InFlightCounters, PartitionId, Slot};

/// How long one electron may take to be read.
const WITHIN: Duration = Duration::from_secs(30);
/// How long one poll waits: between two of them the end is noticed.
const TICK: Duration = Duration::from_millis(100);
/// How long the consumer is kept when there is nothing to read.
const KEPT_FOR: Duration = Duration::from_secs(10);
/// Between two looks at what is not complete yet.
const LOOK: Duration = Duration::from_millis(5);
/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(3600);
/// So far ahead in its partition it is read on, and not sought.
const NEAR: i64 = 500;

/// Gives electrons back to their lanes of which outputs were refused, on a thread of its own.
pub(crate) struct Rereader<'r, 'c> {
    /// What its consumer is made of.
    pub(crate) client: ClientConfig,
    pub(crate) outbox: &'r Outbox,
    pub(crate) counters: &'r InFlightCounters,
    pub(crate) consumer: &'r BaseConsumer<Intake>,
    pub(crate) inboxes: &'r [Inbox<'c>],
}

impl Rereader<'_, '_> {
    /// Works until the refusals are ended.
    pub(crate) fn run(&self) {
        let refusals = self.outbox.refusals();
        let mut reading = None;
        while !refusals.is_over() {
            let mut complete = self.complete();
            complete.sort_by_key(|one| (one.place.id, one.at));
            if complete.is_empty() {
                rest(&mut reading);
                if refusals.any() {
                    // What is noted may not be complete yet: the rest of it is under way.
                    refusals.wait_for_more(LOOK);
                } else if reading.is_none() {
                    refusals.wait_for_first(A_WHILE);
                } else if !refusals.wait_for_first(KEPT_FOR) {
                    // A consumer that nobody polls keeps all that it has to say.
                    reading = None;
                }
            }
            for mut one in complete {
                one.bytes = match self.bytes_of(&mut reading, &one.place, one.at) {
                    Ok(bytes) => bytes,
                    Err(why) => RereadBytes::Gone(why),
                };
                let lane = match &one.bytes {
                    RereadBytes::Read { copied, .. } => {
                        let place = (one.place.number, one.at);
                        lane_of(copied.key.as_deref(), place, self.inboxes.len())
                    }
                    RereadBytes::NotRead | RereadBytes::Gone(_) => 0,
                };
                if let Err(one) = self.inboxes[lane].give_back(Box::new(one)) {
                    refusals.put_back(one.slot, one.failure, one.outputs);
                }
            }
        }
    }

    /// Those that wait for nothing else. Of one that is somebody else's by now nothing is kept.
    fn complete(&self) -> Vec<RereadElectron> {
        let refusals = self.outbox.refusals();
        let complete = refusals.take_complete(self.counters);
        if complete.is_empty() {
            return Vec::new();
        }
        let slots: Vec<Slot> = complete.iter().map(|(slot, ..)| *slot).collect();
        let places = self.consumer.context().assigned.places(&slots);
        let mut found = Vec::new();
        for (slot, failure, outputs) in complete {
            let Some((place, at)) = places.get(&slot) else {
                self.counters.decide(slot);
                self.counters.abandon(slot);
                self.counters.settle(slot, outputs.saturating_sub(1));
                refusals.decided();
                continue;
            };
            found.push(RereadElectron {
                slot,
                outputs,
                generation: place.generation(),
                place: Arc::clone(place),
                at: *at,
                failure,
                bytes: RereadBytes::NotRead,
            });
        }
        found
    }

    fn bytes_of(
        &self,
        reading: &mut Option<RereadLoop>,
        place: &Partition,
        at: i64,
    ) -> Result<RereadBytes, String> {
        let mut ready = match reading.take() {
            Some(ready) => ready,
            None => RereadLoop {
                consumer: self
                    .client
                    .create_with_context(RereadContext)
                    .map_err(|error| error.to_string())?,
                next: None,
            },
        };
        let read = ready.read(place, at, || self.outbox.refusals().is_over());
        *reading = Some(ready);
        read
    }
}

/// Logs as every client here does.
struct RereadContext;

impl ClientContext for RereadContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log::line(level, facility, text);
    }

    fn error(&self, _: KafkaError, reason: &str) {
        tracing::debug!("kafka: {reason}");
    }
}

impl ConsumerContext for RereadContext {}

/// The consumer, and what it reads next.
struct RereadLoop {
    consumer: BaseConsumer<RereadContext>,
    next: Option<(PartitionId, i64)>,
}

impl RereadLoop {
    fn read(
        &mut self,
        place: &Partition,
        at: i64,
        over: impl Fn() -> bool,
    ) -> Result<RereadBytes, String> {
        let near =
            |(id, next): (PartitionId, i64)| id == place.id && (next..next + NEAR).contains(&at);
        if !self.next.is_some_and(near) {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(place.stream.as_str(), place.number, Offset::Offset(at))
                .and_then(|()| self.consumer.assign(&list))
                .map_err(|error| error.to_string())?;
        }
        self.next = None;
        let deadline = Instant::now() + WITHIN;
        let mut last = "no answer".to_owned();
        while Instant::now() < deadline && !over() {
            let message = match self.consumer.poll(TICK) {
                None => continue,
                Some(Ok(message)) => message,
                Some(Err(error)) if is_gone(&error) => return Err(GONE.to_owned()),
                Some(Err(error)) => {
                    last = error.to_string();
                    continue;
                }
            };
            // What was under way of another assignment.
            if message.partition() != place.number || message.topic() != place.stream.as_str() {
                continue;
            }
            if message.offset() >= at {
                self.next = Some((place.id, message.offset() + 1));
                return match message.offset() == at {
                    true => Ok(copied(&message)),
                    false => Err(GONE.to_owned()),
                };
            }
        }
        Err(format!("it could not be read again: {last}"))
    }
}

/// Nothing more is read ahead.
fn rest(reading: &mut Option<RereadLoop>) {
    if let Some(reading) = reading
        && reading.next.take().is_some()
        && let Err(error) = reading.consumer.unassign()
    {
        tracing::debug!(
            "kafka: a consumer could not be stopped and keeps reading for no \
            purpose: {error}"
        );
    }
}

const GONE: &str = "the electron is no longer on its stream";

fn is_gone(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
    )
}

fn copied(message: &BorrowedMessage<'_>) -> RereadBytes {
    RereadBytes::Read {
        copied: Copied {
            key: message.key().map(Box::from),
            value: message.payload().map(Box::from),
            headers: message
                .headers()
                .map(BorrowedHeaders::detach)
                .map(RawHeaders),
        },
        timestamp: message.timestamp().to_millis(),
    }
}
