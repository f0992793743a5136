//! What a lane does with an electron that failed.

use std::error::Error as _;

use rdkafka::message::Message as _;

use super::Lane;
use crate::electron::Origin;
use crate::error::Error;
use crate::kafka::inbox::Item;
use crate::kafka::partitions::Partition;
use crate::outcome::{Failure, FailureKind};

impl<'c> Lane<'_, 'c> {
    /// Stops the micromodule at this electron, which stays unsettled.
    pub(super) fn failed(&self, item: &Item<'c>, partition: &Partition, failure: Failure) {
        if failure.kind() == FailureKind::Stopping {
            // Not a failure of the electron.
            let (stream, number) = (&partition.stream, partition.number);
            let offset = item.message.offset();
            let why = failure
                .source()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::warn!(
                "stream `{stream}`, partition {number}, offset {offset} is not finished; {}: {why}",
                self.shop.delivery.fate()
            );
            return;
        }
        let origin = Origin {
            stream: partition.stream.clone(),
            partition: partition.number,
            offset: item.message.offset(),
            timestamp: item.message.timestamp().to_millis(),
        };
        let value = item.message.payload();
        let error = Error::electron(&self.shop.who, &origin, value, self.shop.delivery, failure);
        self.shop.stopper.fail(error);
    }
}
