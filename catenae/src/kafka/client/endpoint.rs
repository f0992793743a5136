//! The broker a process talks to: a Kafka at an address, or the embedded one.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rdkafka::Offset;
use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;

use crate::config::{Broker, Config};
use crate::connection::missing_feature;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::connections::{Connections, Reporter};
use crate::kafka::client::settings;
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::embedded::backlog::{Backlog, Reservation};
use crate::settle::tracker::Watermark;
use crate::stream::StreamName;

/// The broker a process talks to; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    address: String,
    embedded: Option<Arc<Embedded>>,
    connections: Arc<Connections>,
    /// The streams that a link of this process writes to, where that is known.
    written: Arc<OnceLock<BTreeSet<String>>>,
}

/// Told when electrons of a stream are settled, for whoever bounds the backlog.
pub(crate) type OnSettled = Box<dyn Fn(&StreamName, Watermark) + Send + Sync>;

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
                connections: Arc::new(Connections::new()),
                written: Arc::default(),
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
                    connections: Arc::new(Connections::new()),
                    written: Arc::default(),
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

    /// Where a client with the settings `client` says what it has to say.
    pub(crate) fn reporter(&self, client: &ClientConfig) -> Reporter {
        Reporter::new(&self.connections, client)
    }

    /// Whether a link of this process writes to a stream.
    pub(crate) fn writes(&self, stream: &StreamName) -> bool {
        let written = self.written.get();
        written.is_some_and(|written| written.contains(stream.as_str()))
    }

    /// Says which streams links of this process write to, before anything is sent. A process says it once.
    pub(in crate::kafka) fn set_written(&self, streams: BTreeSet<String>) {
        let _ = self.written.set(streams);
    }

    /// Says that a group of this process reads a stream, before anything is sent: senders to the embedded broker wait
    /// for it.
    pub(in crate::kafka) fn register_reader(&self, stream: &str, group: &str) {
        if let Some(embedded) = &self.embedded {
            embedded.backlog.register_reader(stream, group);
        }
    }

    /// Says that a group of this process reads no more of a stream.
    pub(in crate::kafka) fn forget_reader(&self, stream: &str, group: &str) {
        if let Some(embedded) = &self.embedded {
            embedded.backlog.forget_reader(stream, group);
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
    pub(in crate::kafka) fn on_settled(&self, group: &str) -> OnSettled {
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
    pub(in crate::kafka) fn beginning(&self) -> Offset {
        if self.embedded.is_some() {
            Offset::Offset(0)
        } else {
            Offset::Beginning
        }
    }

    /// The settings of a consumer that reads single electrons once more.
    pub(crate) fn rereader_config(&self, config: &Config) -> ClientConfig {
        settings::rereader(self, config)
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
    if let Some(missing) = missing_feature(&error.to_string()) {
        // What librdkafka says of it would have somebody compile librdkafka.
        return Error::new(ErrorKind::Configuration, missing);
    }
    let context = format!("the Kafka {client} cannot be configured: is a `--kafka` setting wrong?");
    Error::new(ErrorKind::Configuration, context).caused_by(error)
}
