//! Sending again, each on its own, what Kafka refused with its batch.
//!
//! A batch is refused as a whole, for one of its electrons or for all of them. Sent alone, each gets an answer
//! that is meant for it, and the others are there: behind what was sent meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::BaseRecord;

use super::reports::{DeliveryReports, ProducerShared, SendMode};
use super::{OutputProducer, producer};

/// The producer that sends one at a time; it is made when it is first needed.
pub(super) struct SingleProducer {
    client: ClientConfig,
    state: Mutex<SingleProducerState>,
}

enum SingleProducerState {
    Unneeded,
    Started(OutputProducer),
    Over,
}

impl SingleProducer {
    /// One that sends as `client` does.
    pub(super) fn new(client: &ClientConfig) -> Self {
        let mut client = client.clone();
        for name in ["enable.gapless.guarantee", "queue.buffering.max.ms"] {
            client.remove(name);
        }
        client
            .set("linger.ms", "0")
            .set("batch.num.messages", "1")
            // One after the other keeps their order without idempotence, which would begin again with a new
            // epoch behind each refusal.
            .set("enable.idempotence", "false")
            .set("max.in.flight.requests.per.connection", "1");
        Self {
            client,
            state: Mutex::new(SingleProducerState::Unneeded),
        }
    }

    /// Hands a record over. Called on the threads of the reports: it never waits.
    pub(super) fn send(
        &self,
        shared: &Arc<ProducerShared>,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
    ) -> Result<(), KafkaError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let SingleProducerState::Unneeded = *state {
            let made = producer(&self.client, DeliveryReports::new(shared, SendMode::Alone));
            *state = SingleProducerState::Started(made.map_err(|error| {
                tracing::error!("kafka: {}", error.with_causes());
                KafkaError::Global(RDKafkaErrorCode::CriticalSystemResource)
            })?);
        }
        match &*state {
            SingleProducerState::Started(producer) => producer.give(&mut record),
            SingleProducerState::Unneeded | SingleProducerState::Over => Err(KafkaError::Canceled),
        }
    }

    /// Ends it, and with it what it holds of its owner.
    pub(super) fn end(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = std::mem::replace(&mut *state, SingleProducerState::Over);
        // Its last reports may want to send, too.
        drop(state);
        drop(ended);
    }
}
