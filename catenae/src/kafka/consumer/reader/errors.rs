//! What the consumer's errors mean, and which of them stop the micromodule.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::connections::is_of_connections;
use crate::kafka::consumer::intake::Intake;
use crate::kafka::consumer::intake::Positions;
use crate::kafka::topics::StreamAdmin;

/// How long the ends of all partitions may take to be looked up, for the text of an error.
const ASKED_WITHIN: Duration = Duration::from_secs(2);
/// How long it may take to send a partition back to where reading stands.
const RESTORED_WITHIN: Duration = Duration::from_millis(500);
/// How long a stream that was deleted may be missing under `--on-recreate from-beginning`.
const MISSING_FOR: Duration = Duration::from_secs(60);

/// Decides what follows from the errors of one consumer.
pub(super) struct ReadErrors<'r> {
    consumer: &'r BaseConsumer<Intake>,
    streams: &'r StreamAdmin,
    /// Since when an input stream does not exist.
    missing: Cell<Option<Instant>>,
}

impl<'r> ReadErrors<'r> {
    pub(super) fn new(consumer: &'r BaseConsumer<Intake>, streams: &'r StreamAdmin) -> Self {
        Self {
            consumer,
            streams,
            missing: Cell::new(None),
        }
    }

    fn intake(&self) -> &'r Intake {
        self.consumer.context()
    }

    /// Carries out what an error means: the micromodule ends, reads again, or only says it. `place` is where it is, if
    /// it is of one partition.
    pub(super) fn on_error(&self, error: &KafkaError, place: Option<&str>) {
        let intake = self.intake();
        let fatal = matches!(error, KafkaError::MessageConsumptionFatal(_));
        let mut code = error.rdkafka_error_code();
        if matches!(code, Some(Code::AutoOffsetReset | Code::OffsetOutOfRange)) {
            let exist = self.streams.exist(&intake.inputs.open());
            // An offset says nothing about a stream that was created again.
            if intake.look_again() {
                return;
            }
            if exist {
                let ends = self.ends();
                return match ends.gone() {
                    Some(gone) => intake.instance.fail(self.vanished(&gone, error)),
                    None => self.fetch_again(error, &ends),
                };
            }
            // Nobody can say where a stream begins that is not there.
            code = Some(Code::UnknownTopicOrPartition);
        }
        // A stream created a moment ago may not have reached the broker that was asked.
        let unknown = matches!(
            code,
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic)
        );
        if unknown && self.streams.exist(&intake.inputs.open()) {
            return tracing::warn!("kafka: {error}, although the input streams are there");
        }
        if unknown && intake.outlives_deletion() {
            if self.missing.get().is_none() {
                self.missing.set(Some(Instant::now()));
                tracing::warn!(
                    "an input stream no longer exists: waiting up to {} s for it to be created again",
                    MISSING_FOR.as_secs()
                );
            }
            return;
        }
        let unrecoverable = fatal.then_some((ErrorKind::Kafka, "the consumer cannot go on"));
        let forbidden = match code {
            Some(Code::TopicAuthorizationFailed) => {
                Some(self.streams.inputs_forbidden(&intake.inputs.open()))
            }
            Some(Code::GroupAuthorizationFailed) => Some(self.streams.group_forbidden()),
            _ => None,
        };
        if let Some(forbidden) = forbidden {
            return intake.instance.fail(forbidden);
        }
        match code.and_then(stops).or(unrecoverable) {
            Some((kind, why)) => {
                let mut context = format!("{}: {why}", intake.instance.who());
                if code.is_some_and(is_unreadable) {
                    let place = place.unwrap_or("the place is not known");
                    context = format!("{context} ({place})");
                }
                intake
                    .instance
                    .fail(Error::new(kind, context).caused_by(error.clone()));
            }
            None if code == Some(Code::PartitionEOF) => {}
            // The client says more about it in its log, and from there it is told once.
            None if code.is_some_and(is_of_connections) => tracing::debug!("kafka: {error}"),
            None => tracing::warn!("kafka: {error}"),
        }
    }

    /// While a stream is missing that was deleted: looks whether it is there again, and ends when it has not come
    /// back in time.
    pub(super) fn look_for_missing(&self) {
        let Some(since) = self.missing.get() else {
            return;
        };
        let intake = self.intake();
        if self.streams.exist(&intake.inputs.open()) {
            self.missing.set(None);
        } else if since.elapsed() >= MISSING_FOR {
            self.missing.set(None);
            let context = format!(
                "{}: an input stream no longer exists, and was not created again within {} s: \
                 create it, or start with other inputs",
                intake.instance.who(),
                MISSING_FOR.as_secs()
            );
            intake.instance.fail(Error::new(ErrorKind::Stream, context));
        }
    }

    /// Fetches again from where reading stands. The client has stopped fetching the partition that the error
    /// is of, and does not say which; it may be one that was sought meanwhile, because its stream was created again.
    ///
    /// The same when the broker was too slow to tell of every partition: what is gone is gone the next time, too.
    fn fetch_again(&self, error: &KafkaError, ends: &PartitionEnds) {
        let intake = self.intake();
        let found = match ends.are_all {
            true => "although nothing is gone",
            false => "and the broker does not say in time whether anything is gone",
        };
        tracing::warn!("kafka: {error}, {found}: fetching again");
        // Else something could be taken that is read again.
        let _closed = intake.queues.close();
        let mut list = TopicPartitionList::new();
        for (partition, next) in self.standings() {
            let next = next.map_or(intake.beginning, Offset::Offset);
            // What cannot be added has no name or no offset of a stream.
            let _ = list.add_partition_offset(partition.stream.as_str(), partition.number, next);
        }
        if list.count() > 0
            && let Err(again) =
                Positions::of(self.consumer).seek_to(&list, Instant::now() + ASKED_WITHIN)
        {
            tracing::warn!("kafka: fetching could not be started again: {again}");
        }
    }

    /// The client goes on behind an error, or where it was committed, when it stops for a rebalance (librdkafka#4844): it is
    /// sent back to where reading stands.
    pub(super) fn restore_position(&self, stream: &str, number: i32) {
        let intake = self.intake();
        let mut assigned = intake.assigned.all().into_iter();
        let is_it = |one: &Arc<Partition>| one.stream.as_str() == stream && one.number == number;
        let Some(partition) = assigned.find(is_it) else {
            return;
        };
        if intake.instance.is_stopping() || intake.recreations.has(&partition.stream) {
            return;
        }
        // Else something could be taken that is read again.
        let _closed = intake.queues.close();
        let positions = Positions::of(self.consumer);
        let mut list = TopicPartitionList::new();
        let next = positions.next_offset(&partition);
        // What cannot be added has no name or no offset of a stream.
        let _ = list.add_partition_offset(stream, number, next);
        if let Err(error) = positions.seek_to(&list, Instant::now() + RESTORED_WITHIN) {
            tracing::debug!("kafka: `{stream}` {number} could not be sought: {error}");
        }
    }

    fn vanished(&self, gone: &str, error: &KafkaError) -> Error {
        let context = format!(
            "{}: electrons vanished before they were read ({gone}). They outlived the stream's \
             retention, or the embedded broker's 5 MiB per partition. To go on with what is left, \
             restart with `--kafka auto.offset.reset=earliest`",
            self.intake().instance.who()
        );
        Error::new(ErrorKind::Vanished, context).caused_by(error.clone())
    }

    /// The assigned partitions, and the offset that is read next of each; `None` for one that is still at its beginning.
    ///
    /// Not by the position of the client: the error itself has moved that (librdkafka#4844).
    fn standings(&self) -> Vec<(Arc<Partition>, Option<i64>)> {
        let assigned = &self.intake().assigned;
        let standing = |partition: Arc<Partition>| {
            let next = assigned.next_to_read(partition.id);
            (partition, next)
        };
        assigned.all().into_iter().map(standing).collect()
    }

    /// Where reading stands in each partition, and what the broker has of it.
    fn ends(&self) -> PartitionEnds {
        let intake = self.intake();
        let deadline = Instant::now() + ASKED_WITHIN;
        let mut ends = PartitionEnds {
            known: Vec::new(),
            are_all: true,
        };
        for (partition, next) in self.standings() {
            // Nothing is gone of what begins wherever it begins.
            let Some(next) = next else { continue };
            let (stream, number) = (partition.stream.as_str(), partition.number);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || intake.instance.is_stopping() {
                ends.are_all = false;
                break;
            }
            let Ok((low, high)) = self.consumer.fetch_watermarks(stream, number, left) else {
                ends.are_all = false;
                continue;
            };
            ends.known.push(PartitionEnd {
                stream: stream.to_owned(),
                number,
                next,
                low,
                high,
            });
        }
        ends
    }
}

/// The ends of partitions, as far as the broker has told them in time.
struct PartitionEnds {
    known: Vec<PartitionEnd>,
    are_all: bool,
}

impl PartitionEnds {
    /// Names the partitions whose next electron is gone; `None` when none is known of. A partition that could
    /// not be looked at is no reason by itself.
    fn gone(&self) -> Option<String> {
        let named = |end: &PartitionEnd| {
            let PartitionEnd {
                next, low, high, ..
            } = end;
            if next < low {
                Some(format!("{end}: offsets {next} to {} are gone", low - 1))
            } else if next > high {
                Some(format!(
                    "{end}: offset {next} is past the end ({high}); was the stream deleted and created again?"
                ))
            } else {
                None
            }
        };
        let mut gone: Vec<String> = self.known.iter().filter_map(named).collect();
        if gone.is_empty() {
            return None;
        }
        if !self.are_all {
            gone.push("and maybe others: the broker answers too slowly".to_owned());
        }
        Some(gone.join("; "))
    }
}

/// One partition: the offset that is read next, the first that is there, the one behind the last.
struct PartitionEnd {
    stream: String,
    number: i32,
    next: i64,
    low: i64,
    high: i64,
}

impl fmt::Display for PartitionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream `{}`, partition {}", self.stream, self.number)
    }
}

/// The errors that do not go away by themselves, each with what to do.
fn stops(code: Code) -> Option<(ErrorKind, &'static str)> {
    Some(match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic => (
            ErrorKind::Stream,
            "an input stream no longer exists: create it, or start with other inputs",
        ),
        code if is_unreadable(code) => (
            ErrorKind::Kafka,
            "a batch of an input stream cannot be read; nothing is skipped, it is read again at \
             the next start. Is it compressed with zstd? That needs the cargo feature `zstd` of \
             `catenae`",
        ),
        Code::InvalidSessionTimeout => (
            ErrorKind::Kafka,
            "the broker refuses the session timeout, which follows a `--consumer-timeout` below \
             10 seconds: give at least the broker's `group.min.session.timeout.ms`, usually 6 \
             seconds",
        ),
        Code::InconsistentGroupProtocol => (
            ErrorKind::Kafka,
            "the group has members that assign partitions in another way: stop them first, or \
             give all members the same `--kafka partition.assignment.strategy`",
        ),
        Code::FencedInstanceId => (
            ErrorKind::Kafka,
            "another instance with the same `group.instance.id` has taken the place of this one: \
             give each instance its own id",
        ),
        _ => return None,
    })
}

/// Whether a batch cannot be read, and will not be the next time.
fn is_unreadable(code: Code) -> bool {
    matches!(
        code,
        Code::BadMessage
            | Code::BadCompression
            | Code::NotImplemented
            | Code::InvalidMessage
            | Code::UnsupportedCompressionType
    )
}

#[cfg(test)]
mod tests {
    use super::{PartitionEnd, PartitionEnds};

    fn gone(ends: &[(i64, i64, i64)], are_all: bool) -> Option<String> {
        let end = |(number, (next, low, high)): (i32, &(i64, i64, i64))| PartitionEnd {
            stream: "s".to_owned(),
            number,
            next: *next,
            low: *low,
            high: *high,
        };
        let known = (0..).zip(ends).map(end).collect();
        PartitionEnds { known, are_all }.gone()
    }

    #[test]
    fn only_what_is_known_to_be_gone_is() {
        let there = (5, 0, 9);
        assert_eq!(gone(&[], true), None);
        assert_eq!(gone(&[there, (9, 9, 9)], true), None);
        assert_eq!(gone(&[], false), None);
        assert_eq!(gone(&[there], false), None);
        let outlived = "stream `s`, partition 0: offsets 5 to 6 are gone";
        assert_eq!(gone(&[(5, 7, 9), there], true).as_deref(), Some(outlived));
        let more = format!("{outlived}; and maybe others: the broker answers too slowly");
        assert_eq!(gone(&[(5, 7, 9)], false), Some(more));
        let past = "stream `s`, partition 1: offset 12 is past the end (9); was the stream deleted and created again?";
        assert_eq!(gone(&[there, (12, 0, 9)], true).as_deref(), Some(past));
    }
}
