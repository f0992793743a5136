//! Reports that are neither a confirmation nor a refusal: thrown away, or only presumed delivered.

use rdkafka::error::RDKafkaErrorCode;
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
pub(super) const PRESUMED: &str = "the client assumes that it was delivered, because a later \
    output was, but Kafka has not confirmed it";

/// `RD_KAFKA_OFFSET_INVALID`
const OFFSET_INVALID: i64 = -1001;
