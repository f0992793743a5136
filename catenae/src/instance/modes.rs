//! What a mode of delivery asks of the loop.

use std::sync::Arc;

use crate::config::Config;
use crate::kafka::consumer::intake::Settling;
use crate::kafka::{Endpoint, Outbox, Transactions, transaction_timeout};
use crate::spec::delivery::DeliveryMode;

/// Says loudly what a mode gives up; what cannot be kept was refused with the configuration.
pub(super) fn warn(config: &Config) {
    if let Some(warning) = config.delivery.warning() {
        tracing::warn!("{warning}");
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

/// How many lanes run.
pub(super) fn lanes(config: &Config) -> usize {
    match config.delivery.has_one_lane() {
        false => usize::try_from(config.lanes).unwrap_or(1),
        true => 1,
    }
}
