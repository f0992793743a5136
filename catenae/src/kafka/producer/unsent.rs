//! Why an electron did not get as far as the client, as a failure.

use rdkafka::error::KafkaError;

use super::meaning::{DeliveryMeaning, Key, NEEDS_KEY, explain, meaning};
use crate::kafka::topics::limits::Misfit;
use crate::outcome::{Failure, FailureKind};

/// Why the client did not take an electron.
pub(super) enum Unsent {
    Stopping,
    Kafka(KafkaError),
}

impl Unsent {
    pub(super) fn into_failure(self, stream: &str) -> Failure {
        match self {
            Self::Stopping => stopping(),
            Self::Kafka(error) => {
                let kind = match meaning(error.rdkafka_error_code()) {
                    DeliveryMeaning::Record | DeliveryMeaning::Stream => FailureKind::Refused,
                    DeliveryMeaning::Company
                    | DeliveryMeaning::Client
                    | DeliveryMeaning::Passes => FailureKind::Delivery,
                };
                let text = format!("stream `{stream}`: {}", explain(&error, Key::There));
                Failure::new(kind, text)
            }
        }
    }
}

pub(super) fn stopping() -> Failure {
    Failure::new(
        FailureKind::Stopping,
        "the micromodule stopped before there was room for an output",
    )
}

impl Misfit {
    pub(super) fn into_failure(self, stream: &str) -> Failure {
        match self {
            Self::Large(text) => Failure::new(FailureKind::Encode, text),
            Self::Keyless => Failure::new(
                FailureKind::Refused,
                format!("stream `{stream}`: {NEEDS_KEY}, and start this micromodule again"),
            ),
        }
    }
}

pub(super) fn no_producer() -> Failure {
    Failure::new(FailureKind::Encode, "this link has no output stream")
}
