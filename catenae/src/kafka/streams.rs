//! Streams on the broker: is it there, are they there, and creating those that are missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::runtime::Handle;

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::endpoint::misconfigured;
use crate::kafka::{Endpoint, SideStreams};
use crate::shutdown::Stopper;
use crate::stream::StreamName;

/// How long a broker may take to answer the first question.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a created stream may take to be known.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);

/// How the id of an embedded broker's cluster begins.
const MOCK: &str = "mockCluster";

/// A stream as it is created when it is missing.
pub(crate) struct Planned {
    pub(crate) name: StreamName,
    pub(crate) partitions: u32,
    /// Settings of the stream; the broker's own for the rest.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) carries: Carries,
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    Electrons,
    Calls,
}

impl Planned {
    /// The same with the broker's own settings.
    fn plain(&self) -> Self {
        Self {
            name: self.name.clone(),
            settings: &[],
            ..*self
        }
    }

    fn topic(&self) -> NewTopic<'_> {
        // -1: the broker's own default of copies.
        let (name, copies) = (self.name.as_str(), TopicReplication::Fixed(-1));
        let topic = NewTopic::new(name, signed(self.partitions), copies);
        let settings = self.settings.iter();
        settings.fold(topic, |topic, (name, value)| topic.set(name, value))
    }
}

/// Asks a broker about streams.
pub(crate) struct Streams {
    admin: Arc<AdminClient<DefaultClientContext>>,
    config: ClientConfig,
    endpoint: Endpoint,
    partitions: u32,
    side: SideStreams,
    runtime: Handle,
}

impl Streams {
    /// A client of the broker; it does not connect yet.
    pub(crate) fn new(endpoint: &Endpoint, given: &Config, runtime: Handle) -> Result<Self, Error> {
        let config = endpoint.admin_config(given);
        let admin = config
            .create()
            .map_err(|error| misconfigured("client", error))?;
        Ok(Self {
            admin: Arc::new(admin),
            config,
            endpoint: endpoint.clone(),
            partitions: given.partitions,
            side: SideStreams::of(given),
            runtime,
        })
    }

    /// Makes sure that every stream of a micromodule exists, those beside its inputs, and `more`.
    pub(crate) fn ensure_all(
        &self,
        config: &Config,
        more: Vec<Planned>,
        stopper: &Arc<Stopper>,
    ) -> Result<(), Error> {
        let names = config.inputs.iter().chain(&config.outputs);
        let mut names: Vec<StreamName> = names.map(|(name, _)| name.clone()).collect();
        for (input, _) in &config.inputs {
            names.extend(self.side.beside(input)?);
        }
        let mut streams: Vec<Planned> = names.into_iter().map(|name| self.planned(name)).collect();
        streams.extend(more);
        self.ensure(&streams, stopper)
    }

    /// A stream of electrons.
    fn planned(&self, name: StreamName) -> Planned {
        let settings: &[_] = if self.side.is_dead_letters(&name) {
            // A dead letter has the time of its electron: the default would delete an old one
            // before anybody saw it.
            &[("retention.ms", "-1")]
        } else {
            &[]
        };
        Planned {
            name,
            partitions: self.partitions,
            settings,
            carries: Carries::Electrons,
        }
    }

    /// Makes sure that an input exists, and the streams beside it; returns that of its retries.
    pub(crate) fn ensure_input(
        &self,
        input: &StreamName,
        stopper: &Arc<Stopper>,
    ) -> Result<Option<StreamName>, Error> {
        let mut names = self.side.beside(input)?;
        names.push(input.clone());
        let streams: Vec<Planned> = names.into_iter().map(|name| self.planned(name)).collect();
        self.ensure(&streams, stopper)?;
        Ok(self.side.retries(input))
    }

    /// Makes sure that a broker answers and that every stream exists. Once `stopper` stops, an
    /// error comes at once.
    fn ensure(&self, streams: &[Planned], stopper: &Arc<Stopper>) -> Result<(), Error> {
        let there = self.ask(stopper).map_err(|error| self.unreachable(error))?;
        let missing: Vec<&Planned> = streams
            .iter()
            .filter(|stream| !there.contains_key(stream.name.as_str()))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        if self.endpoint.embedded().is_none() && self.is_embedded() {
            let of_calls = |stream: &&&Planned| stream.carries == Carries::Calls;
            let (calls, electrons): (Vec<&Planned>, Vec<_>) = missing.iter().partition(of_calls);
            self.create_by_asking(&calls)?;
            if !electrons.is_empty() {
                self.create(&electrons)?;
            }
        } else {
            self.create(&missing)?;
        }
        self.wait_until_known(&missing, stopper)
    }

    /// The largest batch that each stream a micromodule writes to takes, `max.message.bytes`. Those
    /// of a broker that does not tell are left out.
    pub(crate) fn size_limits(&self, config: &Config) -> BTreeMap<String, usize> {
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
                tracing::debug!("kafka: the largest electron of a stream is not known: {error}");
                return BTreeMap::new();
            }
        };
        let limit = |told: ConfigResource| {
            let OwnedResourceSpecifier::Topic(name) = &told.specifier else {
                return None;
            };
            let value = told.get("max.message.bytes")?.value.as_ref()?;
            Some((name.clone(), value.parse().ok()?))
        };
        told.into_iter().flatten().filter_map(limit).collect()
    }

    /// Whether it is an embedded broker, also of another process: it answers no admin call, and would
    /// be waited for.
    fn is_embedded(&self) -> bool {
        let id = || self.admin.inner().fetch_cluster_id(ANSWER_WITHIN);
        self.endpoint.embedded().is_some() || id().is_some_and(|id| id.starts_with(MOCK))
    }

    /// Whether the broker lists all of these streams now.
    pub(crate) fn exist(&self, names: &[StreamName]) -> bool {
        let there = self.partition_counts(ANSWER_WITHIN);
        there.is_ok_and(|there| names.iter().all(|name| there.contains_key(name.as_str())))
    }

    /// The same question as `partition_counts`; a stop does not wait for the answer.
    fn ask(&self, stopper: &Arc<Stopper>) -> Result<Counts, KafkaError> {
        let (answer, answered) = mpsc::channel();
        let (admin, bell) = (Arc::clone(&self.admin), Arc::clone(stopper.bell()));
        thread::spawn(move || {
            // Nobody waits for it any more after a stop.
            let _ = answer.send(partition_counts(&admin, ANSWER_WITHIN));
            bell.ring();
        });
        let mut got = Err(TryRecvError::Empty);
        let mut done = || {
            got = answered.try_recv();
            !matches!(got, Err(TryRecvError::Empty)) || stopper.is_stopping()
        };
        stopper.bell().wait(ANSWER_WITHIN * 2, &mut done);
        got.unwrap_or(Err(KafkaError::Canceled))
    }

    fn partition_counts(&self, limit: Duration) -> Result<Counts, KafkaError> {
        partition_counts(&self.admin, limit)
    }

    /// Lets an embedded broker of another process make the streams of calls: it does so with any that is
    /// asked for by a client that allows it. Those of electrons are its owner's business.
    fn create_by_asking(&self, missing: &[&Planned]) -> Result<(), Error> {
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

    fn create(&self, missing: &[&Planned]) -> Result<(), Error> {
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
            .map_err(|error| cannot_create(missing, &error.to_string()))?;
        let mut refused = Vec::new();
        for (stream, result) in missing.iter().zip(results) {
            let (name, partitions) = (&stream.name, stream.partitions);
            match result {
                Ok(_) => tracing::info!("created stream `{name}` with {partitions} partitions"),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                // Some that run Kafka for others allow few settings of a stream.
                Err((_, RDKafkaErrorCode::InvalidConfig | RDKafkaErrorCode::PolicyViolation))
                    if !stream.settings.is_empty() =>
                {
                    let settings = stream.settings;
                    tracing::warn!("stream `{name}` is created without {settings:?}: refused");
                    refused.push(stream.plain());
                }
                Err((_, code)) => return Err(cannot_create(&[stream], &code.to_string())),
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => self.create(&refused.iter().collect::<Vec<_>>()),
        }
    }

    fn wait_until_known(&self, streams: &[&Planned], stopper: &Arc<Stopper>) -> Result<(), Error> {
        let deadline = Instant::now() + KNOWN_WITHIN;
        loop {
            let known = self.ask(stopper).map_err(|error| self.unreachable(error))?;
            let is_known = |stream: &&Planned| known.contains_key(stream.name.as_str());
            if streams.iter().all(is_known) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(cannot_create(
                    streams,
                    "the broker accepted it but does not list it",
                ));
            }
            stopper.wait(Duration::from_millis(50));
        }
    }

    fn unreachable(&self, error: KafkaError) -> Error {
        let context = format!(
            "no Kafka broker answers at `{}` (waited {} s). Two ways to get one: give the address \
             of a running one with `-k host:port`, or start one, for example with \
             `docker run -p 9092:9092 apache/kafka`; a topology's binary run without `-k` brings \
             its own",
            self.endpoint.address(),
            ANSWER_WITHIN.as_secs()
        );
        Error::new(ErrorKind::Unreachable, context).caused_by(error)
    }
}

/// The number of partitions of every stream on a broker.
type Counts = BTreeMap<String, usize>;

fn partition_counts(
    admin: &AdminClient<DefaultClientContext>,
    limit: Duration,
) -> Result<Counts, KafkaError> {
    // All topics: asking for one by name would let some brokers create it with their own number of
    // partitions.
    let metadata = admin.inner().fetch_metadata(None, limit)?;
    Ok(metadata
        .topics()
        .iter()
        .filter(|topic| topic.error().is_none() && !topic.partitions().is_empty())
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect())
}

fn signed(partitions: u32) -> i32 {
    i32::try_from(partitions).unwrap_or(i32::MAX)
}

fn cannot_create(streams: &[&Planned], why: &str) -> Error {
    let names = streams.iter().map(|stream| format!("`{}`", stream.name));
    let names: Vec<String> = names.collect();
    let mut context = format!(
        "missing on the broker and cannot be created: {}. Create them by hand, or let this user \
         create topics",
        names.join(", ")
    );
    if streams
        .iter()
        .any(|stream| stream.carries == Carries::Calls)
    {
        context.push_str("; a micromodule that runs with `--rpc off` needs no `catenae_` streams");
    }
    Error::new(ErrorKind::Stream, context).caused_by(why.to_owned())
}
