//! What a failed delivery means, and what a user can do about it.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
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
