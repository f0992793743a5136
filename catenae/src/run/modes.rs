//! What a mode of delivery needs, and where it cannot be kept.

use std::sync::Arc;

use crate::config::{Config, Delivery, Order};
use crate::error::{Error, ErrorKind};
use crate::kafka::intake::Settling;
use crate::kafka::{Endpoint, Outbox, Transactions, reads_uncommitted, transaction_timeout};
use crate::outcome::Waiting;

/// Refuses a mode of delivery that cannot be kept here, and says loudly what another gives up.
///
/// # Errors
/// Of kind `Configuration`, with the reason.
pub(super) fn check(config: &Config, endpoint: &Endpoint) -> Result<(), Error> {
    match config.delivery {
        Delivery::AtLeastOnce => Ok(()),
        Delivery::AtMostOnce => {
            if !config.inputs.is_empty() {
                tracing::warn!(
                    "--delivery at-most-once: inputs are committed before they are handled. A \
                     failure, a crash or a kill loses up to 512 electrons per lane, and outputs \
                     that are not delivered"
                );
            }
            Ok(())
        }
        Delivery::ExactlyOnce => match obstacle(config, endpoint) {
            None => Ok(()),
            Some(why) => {
                let context = format!(
                    "{}: `--delivery exactly-once` cannot be kept here: {why}",
                    config.class
                );
                Err(Error::new(ErrorKind::Configuration, context))
            }
        },
    }
}

/// What stands in the way of exactly-once.
fn obstacle(config: &Config, endpoint: &Endpoint) -> Option<&'static str> {
    if endpoint.embedded().is_some() {
        return Some("the embedded broker keeps no transactions; name a Kafka with `-k host:port`");
    }
    if config.inputs.is_empty() {
        return Some(
            "a source reads nothing from Kafka: what it does begins outside, where no transaction \
             reaches; run it with `--delivery at-least-once`",
        );
    }
    if config.outputs.is_empty() {
        return Some(
            "a link without outputs writes nothing to Kafka: what it does is outside, where no \
             transaction reaches; run it with `--delivery at-least-once`, and let what it does \
             bear repetition",
        );
    }
    if config.order == Order::Synchronous {
        return Some(
            "`--sync` commits each input by itself, and a transaction commits it with its outputs; \
             leave one of the two out",
        );
    }
    let aside = |retry: crate::outcome::Retry| retry.waiting != Waiting::InPlace;
    if config.policy.retry.is_some_and(aside) {
        return Some(
            "`retry(…, park)` and `retry(…, delayed)` handle later electrons before earlier ones, \
             and a transaction commits inputs in their order; retry in place",
        );
    }
    if transaction_timeout(endpoint, config) < config.commit_interval * 2 {
        return Some(
            "with that `--kafka transaction.timeout.ms` Kafka gives a transaction up before the \
             commit interval is over; give at least twice the interval, or leave it out",
        );
    }
    if reads_uncommitted(config) {
        return Some(
            "with `--kafka isolation.level=read_uncommitted` it would handle electrons that never \
             took effect; leave that setting out",
        );
    }
    None
}

/// How settled inputs get committed.
pub(super) fn settling(config: &Config, endpoint: &Endpoint, outbox: &Arc<Outbox>) -> Settling {
    match config.delivery {
        Delivery::AtLeastOnce => Settling::Stored,
        Delivery::AtMostOnce => Settling::Before,
        Delivery::ExactlyOnce => Settling::Transactions(Box::new(Transactions::new(
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
        Delivery::AtLeastOnce => usize::try_from(config.lanes).unwrap_or(1),
        Delivery::AtMostOnce | Delivery::ExactlyOnce => 1,
    }
}
