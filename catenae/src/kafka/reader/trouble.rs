//! What the consumer's errors mean, and which of them stop the micromodule.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::Reader;
use crate::error::{Error, ErrorKind};

/// How long the ends of all partitions may take to be looked up, for the text of an error.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

impl Reader<'_, '_> {
    pub(super) fn on_error(&self, error: &KafkaError) {
        let intake = self.intake();
        let fatal = matches!(error, KafkaError::MessageConsumptionFatal(_));
        let code = error.rdkafka_error_code();
        if matches!(code, Some(Code::AutoOffsetReset | Code::OffsetOutOfRange)) {
            return intake.stopper.fail(self.vanished(error));
        }
        // A stream created a moment ago may not have reached the broker that was asked.
        let unknown = matches!(
            code,
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic)
        );
        if unknown && self.streams.exist(&intake.open_inputs()) {
            return tracing::warn!("kafka: {error}, although the input streams are there");
        }
        let unrecoverable = fatal.then_some((ErrorKind::Kafka, "the consumer cannot go on"));
        match code.and_then(stops).or(unrecoverable) {
            Some((kind, why)) => {
                let context = format!("{}: {why}", intake.who);
                intake
                    .stopper
                    .fail(Error::new(kind, context).caused_by(error.clone()));
            }
            None if code == Some(Code::PartitionEOF) => {}
            None => tracing::warn!("kafka: {error}"),
        }
    }

    /// Names the partition whose next electron is gone.
    fn vanished(&self, error: &KafkaError) -> Error {
        let intake = self.intake();
        let mut gone = Vec::new();
        let positions = self
            .consumer
            .position()
            .unwrap_or_else(|_| TopicPartitionList::new());
        let deadline = Instant::now() + ASKED_WITHIN;
        for partition in intake.assigned() {
            let (stream, number) = (partition.stream.as_str(), partition.number);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || intake.stopper.is_stopping() {
                gone.push("and maybe others: the broker answers too slowly".to_owned());
                break;
            }
            let Ok((low, high)) = self.consumer.fetch_watermarks(stream, number, left) else {
                continue;
            };
            let position = positions
                .find_partition(stream, number)
                .and_then(|element| element.offset().to_raw())
                .filter(|offset| *offset >= 0);
            let next = position
                .or_else(|| intake.oldest_unsettled(partition.id))
                .unwrap_or(0);
            if next < low {
                gone.push(format!(
                    "stream `{stream}`, partition {number}: offsets {next} to {} are gone",
                    low - 1
                ));
            } else if next > high {
                gone.push(format!(
                    "stream `{stream}`, partition {number}: offset {next} is past the end ({high}); \
                     was the stream created anew?"
                ));
            }
        }
        if gone.is_empty() {
            gone.push("an input stream".to_owned());
        }
        let context = format!(
            "{}: electrons vanished before they were read ({}). They outlived the stream's \
             retention, or the embedded broker's 5 MiB per partition. To go on with what is left, \
             restart with `--kafka auto.offset.reset=earliest`",
            intake.who,
            gone.join("; ")
        );
        Error::new(ErrorKind::Vanished, context).caused_by(error.clone())
    }
}

/// The errors that do not go away by themselves, each with what to do.
fn stops(code: Code) -> Option<(ErrorKind, &'static str)> {
    Some(match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic => (
            ErrorKind::Stream,
            "an input stream does not exist any more: create it, or start with other inputs",
        ),
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed => (
            ErrorKind::Kafka,
            "this user may not read its input streams, or not in this group",
        ),
        Code::BadMessage
        | Code::BadCompression
        | Code::NotImplemented
        | Code::InvalidMessage
        | Code::UnsupportedCompressionType => (
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
            "the group has members that hand partitions over in another way: stop them first, or \
             give all the same `--kafka partition.assignment.strategy`",
        ),
        _ => return None,
    })
}
