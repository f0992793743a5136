//! `--sync`: an electron is settled and committed before the next one is taken.

use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{Lane, Subject};
use crate::error::{Error, ErrorKind};

impl Lane<'_, '_> {
    /// Waits until this electron is settled, and commits it before the next is taken.
    pub(super) fn commit(&self, subject: &Subject<'_>) {
        let shop = self.shop;
        let settled = || shop.ledger.is_over(subject.slot) || shop.stopper.has_failed();
        while !shop.bell.wait(Duration::from_secs(60), settled) {
            tracing::warn!("--sync: still waiting for the outputs of one electron to be delivered");
        }
        if shop.stopper.has_failed() {
            return;
        }
        let mut list = TopicPartitionList::new();
        // Where it was read, which for a retry that was delayed is not where it came from.
        let (stream, number, at) = (
            subject.place.stream.as_str(),
            subject.place.number,
            subject.at,
        );
        let mut result = list.add_partition_offset(stream, number, Offset::Offset(at + 1));
        let deadline = Instant::now() + COMMIT_WITHIN;
        let ours = || !subject.is_stale();
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
                "{}: stream `{stream}`, partition {number}: offset {at} was not committed",
                shop.who
            );
            shop.stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }
}

/// How long a commit may be repeated while the group or its coordinator changes.
pub(super) const COMMIT_WITHIN: Duration = Duration::from_secs(60);

/// Whether a failed commit is worth another try: the group is changing, or its coordinator.
pub(super) fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::RequestTimedOut
                | RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                // The session ended unnoticed: the consumer is about to say that it lost its share.
                | RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress
                | RDKafkaErrorCode::WaitingForCoordinator
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::OperationTimedOut
        )
    )
}
