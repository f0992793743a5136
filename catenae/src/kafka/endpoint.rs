//! The broker a process talks to: a Kafka at an address, or the embedded one.

use std::sync::Arc;

use rdkafka::Offset;
use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;

use crate::bell::Bell;
use crate::config::{Broker, Config};
use crate::error::{Error, ErrorKind};
use crate::kafka::backlog::{Backlog, Reservation};
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::intake::{Intake, IntakeParts, OnSettled, Settling};
use crate::kafka::membership::{Kind, Member};
use crate::kafka::{SideStreams, settings};
use crate::shutdown::Stopper;
use crate::tracker::{Tracker, Watermark};

/// The broker a process talks to; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    address: String,
    embedded: Option<Arc<Embedded>>,
}

/// The broker inside this process, and the gauge that keeps it from dropping what is unread.
#[derive(Debug)]
struct Embedded {
    broker: EmbeddedBroker,
    backlog: Backlog,
}

impl Endpoint {
    /// The broker that the configuration names; the embedded one is started.
    pub(crate) fn of(broker: &Broker) -> Result<Self, Error> {
        match broker {
            Broker::Address(address) => Ok(Self {
                address: address.clone(),
                embedded: None,
            }),
            Broker::Embedded => {
                let broker = EmbeddedBroker::start().map_err(|error| {
                    Error::new(ErrorKind::Unreachable, "there is no broker").caused_by(error)
                })?;
                let address = broker.address().to_owned();
                let embedded = Embedded {
                    broker,
                    backlog: Backlog::new(),
                };
                Ok(Self {
                    address,
                    embedded: Some(Arc::new(embedded)),
                })
            }
        }
    }

    /// `host:port`, several separated by commas.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The broker inside this process, if it is that.
    pub(crate) fn embedded(&self) -> Option<&EmbeddedBroker> {
        self.embedded.as_deref().map(|embedded| &embedded.broker)
    }

    /// Says which groups read which streams, before anything is sent: senders wait for them.
    pub(crate) fn register_readers(&self, configs: &[Config]) {
        let Some(embedded) = &self.embedded else {
            return;
        };
        for config in configs {
            for (stream, _) in SideStreams::of(config).all_inputs(config) {
                embedded
                    .backlog
                    .register_reader(stream.as_str(), &config.group);
            }
        }
    }

    /// Waits until the embedded broker can keep one more electron; a Kafka always can. Returns
    /// whether there is room: not when `stop` says so first.
    pub(crate) fn reserve(&self, stream: &str, bytes: usize, stop: &dyn Fn() -> bool) -> bool {
        let Some(embedded) = &self.embedded else {
            return true;
        };
        embedded.backlog.reserve(stream, bytes, stop) == Reservation::Granted
    }

    /// Tells the gauge what a group has settled.
    fn on_settled(&self, group: &str) -> OnSettled {
        let Some(embedded) = self.embedded.clone() else {
            return Box::new(|_, _| {});
        };
        let group = group.to_owned();
        Box::new(move |stream, watermark| {
            let Watermark {
                electrons, bytes, ..
            } = watermark;
            embedded
                .backlog
                .settled(stream.as_str(), &group, electrons, bytes);
        })
    }

    /// Consumer settings that suit this broker only.
    pub(crate) fn extra(&self) -> &'static [(&'static str, &'static str)] {
        if self.embedded.is_some() {
            EmbeddedBroker::client_settings()
        } else {
            &[]
        }
    }

    /// Where a group without a committed offset starts. The embedded broker forgets its oldest data:
    /// there the start is offset 0, so that what was forgotten is an error and not a late start.
    fn beginning(&self) -> Offset {
        if self.embedded.is_some() {
            Offset::Offset(0)
        } else {
            Offset::Beginning
        }
    }

    /// The consumer of a micromodule; it subscribes to nothing yet.
    pub(crate) fn consumer(
        &self,
        config: &Config,
        who: &str,
        stopper: &Arc<Stopper>,
        bell: &Arc<Bell>,
        tracker: Tracker,
        settling: Settling,
    ) -> Result<Member, Error> {
        let client = settings::consumer(self, config);
        let intake = Intake::new(IntakeParts {
            who: who.to_owned(),
            stopper: Arc::clone(stopper),
            bell: Arc::clone(bell),
            cooperative: settings::is_cooperative(&client),
            kind: Kind::of(&client),
            beginning: self.beginning(),
            drain: config.shutdown_timeout / 2,
            // As the outbox counts them when it reserves room in the gauge.
            counts_headers: self.embedded.is_some(),
            on_settled: self.on_settled(&config.group),
            settling,
            inputs: SideStreams::of(config).all_inputs(config),
            tracker,
        });
        client
            .create_with_context(intake)
            .map(Member::new)
            .map_err(|error| misconfigured("consumer", error))
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
    let mut context =
        format!("the Kafka {client} cannot be configured: is a `--kafka` setting wrong?");
    // What librdkafka says of a part that was not compiled in.
    if error.to_string().contains("not available at build time") {
        context.push_str(
            " It needs a cargo feature of `catenae`: `tls` or `tls-vendored` for TLS and SASL \
             SCRAM, `sasl` for Kerberos, `zstd` for that compression",
        );
    }
    Error::new(ErrorKind::Configuration, context).caused_by(error)
}
