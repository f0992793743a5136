//! An error of the client, for rooms that only ask whether it passes.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::connections::is_of_connections;

/// What the client says of a call that failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct ClientError(#[from] KafkaError);

impl ClientError {
    /// Whether a commit is worth another try: the group is changing, or its coordinator.
    pub(crate) fn passes(&self) -> bool {
        matches!(
            self.0.rdkafka_error_code(),
            Some(
                Code::RequestTimedOut
                    | Code::RebalanceInProgress
                    | Code::IllegalGeneration
                    // The session ended unnoticed: the consumer is about to say that it lost its share.
                    | Code::UnknownMemberId
                    | Code::NotCoordinator
                    | Code::CoordinatorNotAvailable
                    | Code::CoordinatorLoadInProgress
                    | Code::WaitingForCoordinator
                    | Code::BrokerTransportFailure
                    | Code::OperationTimedOut
            )
        )
    }

    /// Whether it is about connections, which are told where those of all clients are told.
    pub(crate) fn is_of_connections(&self) -> bool {
        self.0.rdkafka_error_code().is_some_and(is_of_connections)
    }

    /// The partition whose end it tells; that is no error.
    pub(crate) fn end_of_partition(&self) -> Option<i32> {
        match self.0 {
            KafkaError::PartitionEOF(partition) => Some(partition),
            _ => None,
        }
    }
}
