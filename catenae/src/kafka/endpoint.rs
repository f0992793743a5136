//! The broker a process talks to: a Kafka at an address, or the embedded one.

use std::sync::Arc;

use rdkafka::Offset;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;

use crate::bell::Bell;
use crate::config::{Broker, Config};
use crate::error::{Error, ErrorKind};
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::intake::{Intake, IntakeParts, OnSettled};
use crate::kafka::settings;
use crate::shutdown::Stopper;

/// The broker a process talks to; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    address: String,
    embedded: Option<Arc<EmbeddedBroker>>,
}

impl Endpoint {
    /// The broker that the configuration names; the embedded one is started.
    pub(crate) fn of(broker: &Broker) -> Result<Self, Error> {
        match broker {
            Broker::Address(address) => Ok(Self { address: address.clone(), embedded: None }),
            Broker::Embedded => {
                let embedded = EmbeddedBroker::start().map_err(|error| {
                    Error::new(ErrorKind::Unreachable, "there is no broker").caused_by(error)
                })?;
                let address = embedded.address().to_owned();
                Ok(Self { address, embedded: Some(Arc::new(embedded)) })
            }
        }
    }

    /// `host:port`, several separated by commas.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The broker inside this process, if it is that.
    pub(crate) fn embedded(&self) -> Option<&EmbeddedBroker> {
        self.embedded.as_deref()
    }

    /// Consumer settings that suit this broker only.
    pub(crate) fn extra(&self) -> &'static [(&'static str, &'static str)] {
        if self.embedded.is_some() { EmbeddedBroker::client_settings() } else { &[] }
    }

    /// Where a group without a committed offset starts. The embedded broker forgets its oldest data:
    /// there the start is offset 0, so that what was forgotten is an error and not a late start.
    fn beginning(&self) -> Offset {
        if self.embedded.is_some() { Offset::Offset(0) } else { Offset::Beginning }
    }

    /// The consumer of a micromodule; it subscribes to nothing yet.
    pub(crate) fn consumer(
        &self,
        config: &Config,
        who: &str,
        stopper: &Arc<Stopper>,
        bell: &Arc<Bell>,
        on_settled: OnSettled,
    ) -> Result<BaseConsumer<Intake>, Error> {
        let client = settings::consumer(self, config);
        let intake = Intake::new(IntakeParts {
            who: who.to_owned(),
            stopper: Arc::clone(stopper),
            bell: Arc::clone(bell),
            cooperative: settings::is_cooperative(&client),
            beginning: self.beginning(),
            drain: config.shutdown_timeout / 2,
            on_settled,
            inputs: config.inputs.clone(),
        });
        client.create_with_context(intake).map_err(|error| misconfigured("consumer", error))
    }

    /// A client for questions.
    pub(crate) fn admin_config(&self, config: &Config) -> ClientConfig {
        settings::admin(self, config)
    }

    /// The settings of the producer.
    pub(crate) fn producer_config(&self, config: &Config) -> ClientConfig {
        settings::producer(self, config)
    }
}

/// A client that librdkafka refuses to make: nearly always a `--kafka` setting.
pub(crate) fn misconfigured(client: &str, error: KafkaError) -> Error {
    let context = format!("the Kafka {client} cannot be configured: is a `--kafka` setting wrong?");
    Error::new(ErrorKind::Kafka, context).caused_by(error)
}
