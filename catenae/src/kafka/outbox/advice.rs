//! What a failed delivery means, and what a user can do about it.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::producer::DeliveryResult;

/// Whether the client threw the electron away because the client itself goes.
pub(super) fn is_purged(result: &DeliveryResult<'_>) -> bool {
    let code = result
        .as_ref()
        .err()
        .map(|(error, _)| error.rdkafka_error_code());
    matches!(
        code,
        Some(Some(
            RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight
        ))
    )
}

/// Whether the client only presumes that an electron was delivered: it is reported without an offset.
///
/// When a broker refuses one batch of a partition and takes the one behind it, librdkafka concludes that
/// it had the first all the same, since it takes a producer's batches in their order only
/// (`rd_kafka_dr_implicit_ack` in its 2.12.1). Kafka takes *any* batch as the first of a producer that it
/// does not know yet on that partition: then the first batch is nowhere, and its report says that it was
/// delivered. The proof has found an output that was lost so (`--mode seq --seed 502`, at the death of
/// a broker). Most of those that are presumed delivered are; nothing tells which.
pub(super) fn is_presumed(message: &BorrowedMessage<'_>) -> bool {
    // `acks=all`, from which nobody gets away: every other report has the offset.
    message.offset() == OFFSET_INVALID
}

/// What is said of it.
pub(super) const PRESUMED: &str = "the client presumes that it was delivered, because a later one was, and \
     Kafka has not confirmed it";

/// `RD_KAFKA_OFFSET_INVALID`
const OFFSET_INVALID: i64 = -1001;

/// Whether the same electron would fail in the same way if it were sent again.
pub(super) fn is_hopeless(code: Option<RDKafkaErrorCode>) -> bool {
    matches!(
        code,
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::MessageBatchTooLarge
                | RDKafkaErrorCode::InvalidTimestamp
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::PolicyViolation
                | RDKafkaErrorCode::UnsupportedForMessageFormat
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
        )
    )
}

/// Says what to do about the errors a user can do something about.
pub(super) fn explain(error: &KafkaError) -> String {
    let advice = match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
            "the electron is larger than the broker takes: raise `message.max.bytes` on the stream \
             and with `--kafka message.max.bytes=…`, or send less"
        }
        Some(RDKafkaErrorCode::MessageTimedOut) => {
            "no broker took it in time: is Kafka reachable, and is its disk full?"
        }
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            "the stream does not exist any more"
        }
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => "this user may not write to it",
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}
