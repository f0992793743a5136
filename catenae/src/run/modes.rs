//! What a mode of delivery asks of the loop.

use std::sync::Arc;

use crate::config::{Config, DeliveryMode};
use crate::kafka::intake::Settling;
use crate::kafka::{Endpoint, Outbox, Transactions, transaction_timeout};

/// Says loudly what a mode gives up; what cannot be kept was refused with the configuration.
pub(super) fn warn(config: &Config) {
    if config.delivery == DeliveryMode::AtMostOnce {
        tracing::warn!(
            "--delivery at-most-once: inputs are committed before they are handled. A failure, a \
             crash or a kill loses up to 512 electrons, and outputs that are not delivered"
        );
    }
}

/// How settled inputs get committed.
pub(super) fn settling(config: &Config, endpoint: &Endpoint, outbox: &Arc<Outbox>) -> Settling {
    match config.delivery {
        DeliveryMode::AtLeastOnce => Settling::Stored,
        DeliveryMode::AtMostOnce => Settling::Before,
        DeliveryMode::ExactlyOnce => Settling::Transactions(Box::new(Transactions::new(
            Arc::clone(outbox),
            config.commit_interval,
            transaction_timeout(endpoint, config),
            config.shutdown_timeout,
        ))),
    }
}

/// How many lanes run. An offset that is committed, in a transaction or ahead of the function, stands
/// for all before it in its partition: with several lanes some of those would be in other hands.
pub(super) fn lanes(config: &Config) -> usize {
    match config.delivery {
        DeliveryMode::AtLeastOnce => usize::try_from(config.lanes).unwrap_or(1),
        DeliveryMode::AtMostOnce | DeliveryMode::ExactlyOnce => 1,
    }
}
