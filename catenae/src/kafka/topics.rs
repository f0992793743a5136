//! Streams on the broker: is it there, are they there, and creating those that are missing.

mod created;
mod forbidden;
pub(crate) mod ids;
pub(crate) mod lag;
pub(crate) mod limits;
mod names;
mod questions;
pub(crate) mod side_streams;
pub(crate) mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::config::{ClientConfig, FromClientConfigAndContext as _};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use tokio::runtime::Handle;

use self::created::{cannot_create, refused, say_created};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::endpoint::misconfigured;
use crate::kafka::topics::ids::IdClient;
use crate::kafka::topics::limits::StreamTakes;
use crate::kafka::{Endpoint, Reporter, SideStreams};
use crate::shutdown::InstanceHandle;
use crate::stream::StreamName;

/// How long a broker may take to answer the first question.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How the id of an embedded broker's cluster begins.
const MOCK: &str = "mockCluster";

/// The largest number that Kafka takes for a time.
const FOR_EVER: &str = "9223372036854775807";

/// A dead letter has the time of its electron: the default would delete an old one before anybody
/// saw it.
const KEPT: [(&str, &str); 1] = [("retention.ms", "-1")];

/// A stream that takes any timestamp. Brokers before 3.6 do not know these two, and take any by default.
const ANY_TIMESTAMP: [(&str, &str); 2] = [
    ("message.timestamp.before.max.ms", FOR_EVER),
    ("message.timestamp.after.max.ms", FOR_EVER),
];

/// A stream as it is created when it is missing.
pub(crate) struct PlannedStream {
    pub(crate) name: StreamName,
    pub(crate) partitions: u32,
    /// Settings of the stream, in groups; the broker's own for the rest. When it refuses them, the last
    /// group goes first.
    pub(crate) settings: &'static [&'static [(&'static str, &'static str)]],
    pub(crate) carries: Carries,
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    /// Electrons that this micromodule reads.
    Input,
    Electrons,
    Calls,
}

impl PlannedStream {
    /// The same without the last group of settings.
    fn with_fewer(&self) -> Self {
        let kept = self.settings.len().saturating_sub(1);
        Self {
            name: self.name.clone(),
            settings: &self.settings[..kept],
            ..*self
        }
    }

    fn topic(&self) -> NewTopic<'_> {
        // -1: the broker's own default of copies.
        let (name, copies) = (self.name.as_str(), TopicReplication::Fixed(-1));
        let topic = NewTopic::new(name, signed(self.partitions), copies);
        let settings = self.settings.iter().copied().flatten();
        settings.fold(topic, |topic, (name, value)| topic.set(name, value))
    }
}

/// Asks a broker about streams.
pub(crate) struct StreamAdmin {
    admin: IdClient,
    reporter: Reporter,
    config: ClientConfig,
    endpoint: Endpoint,
    partitions: u32,
    group: String,
    side: SideStreams,
    runtime: Handle,
}

impl StreamAdmin {
    /// A client of the broker; it does not connect yet.
    pub(crate) fn new(endpoint: &Endpoint, given: &Config, runtime: Handle) -> Result<Self, Error> {
        let config = endpoint.admin_config(given);
        let reporter = endpoint.reporter(&config);
        let admin = AdminClient::from_config_and_context(&config, reporter.clone())
            .map_err(|error| misconfigured("client", error))?;
        let admin = Arc::new(admin);
        questions::keep_listening(&admin, &runtime);
        Ok(Self {
            admin,
            reporter,
            config,
            endpoint: endpoint.clone(),
            partitions: given.partitions,
            group: given.group.clone(),
            side: SideStreams::of(given),
            runtime,
        })
    }

    /// The client that is asked for the ids of streams; `None` where no stream is ever deleted, on an embedded
    /// broker, also of another process: it knows none, and would be waited for.
    pub(crate) fn knows_ids(&self) -> Option<&IdClient> {
        (!self.is_embedded()).then_some(&self.admin)
    }

    /// Makes sure that every stream of a micromodule exists, those beside its inputs, and `more`.
    pub(crate) fn ensure_all(
        &self,
        config: &Config,
        more: Vec<PlannedStream>,
        instance: &Arc<InstanceHandle>,
    ) -> Result<(), Error> {
        let mut streams = Vec::new();
        for (input, _) in &config.inputs {
            streams.extend(self.planned_input(input)?);
        }
        let outputs = config.outputs.iter().map(|(name, _)| name.clone());
        streams.extend(outputs.map(|name| self.planned(name)));
        streams.extend(more);
        self.ensure(&streams, instance)
    }

    /// A stream of electrons.
    fn planned(&self, name: StreamName) -> PlannedStream {
        let settings: &[&[_]] = if self.side.is_dead_letters(&name) {
            &[&KEPT, &ANY_TIMESTAMP]
        } else if self.side.input_of_retries(&name).is_some() {
            &[&ANY_TIMESTAMP]
        } else {
            &[]
        };
        PlannedStream {
            name,
            partitions: self.partitions,
            settings,
            carries: Carries::Electrons,
        }
    }

    /// An input, and the streams beside it.
    fn planned_input(&self, input: &StreamName) -> Result<Vec<PlannedStream>, Error> {
        let mut streams = vec![PlannedStream {
            carries: Carries::Input,
            ..self.planned(input.clone())
        }];
        let beside = self.side.beside(input)?;
        streams.extend(beside.into_iter().map(|name| self.planned(name)));
        Ok(streams)
    }

    /// Makes sure that an input exists, and the streams beside it; returns that of its retries.
    pub(crate) fn ensure_input(
        &self,
        input: &StreamName,
        instance: &Arc<InstanceHandle>,
    ) -> Result<Option<StreamName>, Error> {
        self.ensure(&self.planned_input(input)?, instance)?;
        Ok(self.side.retries(input))
    }

    /// Makes sure that a broker answers and that every stream exists. Once `instance` stops, an
    /// error comes at once.
    fn ensure(
        &self,
        streams: &[PlannedStream],
        instance: &Arc<InstanceHandle>,
    ) -> Result<(), Error> {
        let since = self.reporter.now();
        let there = self.all_there(instance, since)?;
        self.check_advertised(streams, &there, instance, since)?;
        let missing: Vec<&PlannedStream> = streams
            .iter()
            .filter(|stream| !there.streams.contains_key(stream.name.as_str()))
            .collect();
        if missing.is_empty() {
            self.reporter.answered();
            return Ok(());
        }
        names::refuse_colliding(&missing, &there.streams)?;
        if self.endpoint.embedded().is_none() && self.is_embedded() {
            let of_calls = |stream: &&&PlannedStream| stream.carries == Carries::Calls;
            let (calls, electrons): (Vec<&PlannedStream>, Vec<_>) =
                missing.iter().partition(of_calls);
            self.create_by_asking(&calls)?;
            if !electrons.is_empty() {
                self.create(&electrons, &there.streams, since)?;
            }
        } else {
            self.create(&missing, &there.streams, since)?;
        }
        self.reporter.answered();
        self.wait_until_known(&missing, instance)
    }

    /// What each stream takes that a micromodule writes to. Those of a broker that does not tell are
    /// left out.
    pub(crate) fn what_they_take(&self, config: &Config) -> BTreeMap<String, StreamTakes> {
        let outputs = config.outputs.iter().map(|(name, _)| name.clone());
        let mut names: Vec<StreamName> = outputs.collect();
        for (input, _) in &config.inputs {
            names.extend(self.side.beside(input).unwrap_or_default());
        }
        if names.is_empty() || self.is_embedded() {
            return BTreeMap::new();
        }
        let asked: Vec<ResourceSpecifier<'_>> = names
            .iter()
            .map(|name| ResourceSpecifier::Topic(name.as_str()))
            .collect();
        let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
        let answer = self.admin.describe_configs(&asked, &options);
        let told = match self.runtime.block_on(answer) {
            Ok(told) => told,
            Err(error) => {
                tracing::debug!("kafka: the limits of the streams are not known: {error}");
                return BTreeMap::new();
            }
        };
        let takes = |told: ConfigResource| {
            let OwnedResourceSpecifier::Topic(name) = &told.specifier else {
                return None;
            };
            let get = |name: &str| told.get(name)?.value.as_deref();
            Some((name.clone(), StreamTakes::read(get)))
        };
        told.into_iter().flatten().filter_map(takes).collect()
    }

    /// Whether it is an embedded broker, also of another process: it answers no admin call, and would
    /// be waited for.
    fn is_embedded(&self) -> bool {
        let id = || self.admin.inner().fetch_cluster_id(ANSWER_WITHIN);
        self.endpoint.embedded().is_some() || id().is_some_and(|id| id.starts_with(MOCK))
    }

    /// Whether the broker lists all of these streams now.
    pub(crate) fn exist(&self, names: &[StreamName]) -> bool {
        let there = questions::all_there(&self.admin);
        there.is_ok_and(|there| {
            let is_there = |name: &StreamName| there.streams.contains_key(name.as_str());
            names.iter().all(is_there)
        })
    }

    /// Lets an embedded broker of another process make the streams of calls: it does so with any that is
    /// asked for by a client that allows it. Those of electrons are its owner's business.
    fn create_by_asking(&self, missing: &[&PlannedStream]) -> Result<(), Error> {
        let mut client = self.config.clone();
        client.set("allow.auto.create.topics", "true");
        let client: BaseConsumer = client
            .create()
            .map_err(|error| misconfigured("client", error))?;
        for stream in missing {
            let asked = client.fetch_metadata(Some(stream.name.as_str()), ANSWER_WITHIN);
            asked.map_err(|error| cannot_create(&[stream], &error.to_string()))?;
        }
        Ok(())
    }

    fn create(
        &self,
        missing: &[&PlannedStream],
        there: &BTreeMap<String, usize>,
        since: Duration,
    ) -> Result<(), Error> {
        if let Some(embedded) = self.endpoint.embedded() {
            // The embedded broker has no admin calls, and no settings of streams.
            return missing.iter().try_for_each(|stream| {
                embedded
                    .create_stream(stream.name.as_str(), signed(stream.partitions))
                    .map_err(|error| {
                        Error::new(ErrorKind::Stream, "a stream cannot be created").caused_by(error)
                    })
            });
        }
        let topics: Vec<NewTopic<'_>> = missing.iter().map(|stream| stream.topic()).collect();
        let options = AdminOptions::new()
            .operation_timeout(Some(ANSWER_WITHIN))
            // Else a broker that knows no such request, as the embedded one, is waited for a minute.
            .request_timeout(Some(ANSWER_WITHIN * 2));
        let results = self
            .runtime
            .block_on(self.admin.create_topics(&topics, &options))
            .map_err(|error| {
                let lost = self.lost(&error, since);
                lost.unwrap_or_else(|| cannot_create(missing, &error.to_string()))
            })?;
        let mut with_fewer = Vec::new();
        for (stream, result) in missing.iter().zip(results) {
            let name = &stream.name;
            match result {
                Ok(_) => say_created(stream, there, self.endpoint.writes(name)),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                // Some that run Kafka for others allow few settings of a stream.
                Err((_, RDKafkaErrorCode::InvalidConfig | RDKafkaErrorCode::PolicyViolation))
                    if !stream.settings.is_empty() =>
                {
                    if let Some(settings) = stream.settings.last() {
                        let settings: Vec<String> = settings
                            .iter()
                            .map(|(key, value)| format!("{key}={value}"))
                            .collect();
                        tracing::warn!(
                            "the broker refuses the settings `{}` for stream `{name}`: creating it without them",
                            settings.join(", ")
                        );
                    }
                    with_fewer.push(stream.with_fewer());
                }
                Err((_, code)) => return Err(refused(stream, code, &self.reporter.who())),
            }
        }
        match with_fewer.is_empty() {
            true => Ok(()),
            false => self.create(&with_fewer.iter().collect::<Vec<_>>(), there, since),
        }
    }
}

fn signed(partitions: u32) -> i32 {
    i32::try_from(partitions).unwrap_or(i32::MAX)
}

/// How many partitions a stream has now. A stream that is not there, or not known yet, is an error: with none
/// left of it all of its partitions would be forgotten.
pub(in crate::kafka) fn partition_count<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    stream: &StreamName,
    within: Duration,
) -> KafkaResult<i32> {
    let metadata = consumer.fetch_metadata(Some(stream.as_str()), within)?;
    let mut topics = metadata.topics().iter();
    let topic = topics.find(|topic| topic.name() == stream.as_str());
    match topic.map_or(0, |topic| topic.partitions().len()) {
        0 => Err(KafkaError::MetadataFetch(
            RDKafkaErrorCode::UnknownTopicOrPartition,
        )),
        count => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
    }
}
