//! Streams on the brokers: created, deleted, and asked which ones they are.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode as Code;
use tokio::runtime::Handle;

use crate::ids;
use crate::pace::pause;

/// How long a stream may take to be another one; a broker may be gone meanwhile.
const WITHIN: Duration = Duration::from_secs(60);
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
const BREATH: Duration = Duration::from_millis(50);

/// A stream as it is created.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Its partitions.
    pub partitions: i32,
    /// How many brokers have it.
    pub replicas: i32,
    /// Its settings; the broker's own for the rest.
    pub settings: Vec<(&'static str, Cow<'static, str>)>,
}

impl Stream {
    fn topic(&self) -> NewTopic<'_> {
        let replicas = TopicReplication::Fixed(self.replicas);
        let topic = NewTopic::new(&self.name, self.partitions, replicas);
        let settings = self.settings.iter();
        settings.fold(topic, |topic, (name, value)| topic.set(name, value))
    }
}

/// What can be done with the streams of some brokers.
pub struct Streams {
    brokers: String,
    admin: AdminClient<DefaultClientContext>,
    runtime: Handle,
}

impl Streams {
    /// A client of these brokers.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(brokers: &str, runtime: &Handle) -> io::Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        Ok(Self {
            brokers: brokers.to_owned(),
            admin: config.create().map_err(io::Error::other)?,
            runtime: runtime.clone(),
        })
    }

    /// Creates what is not there yet.
    ///
    /// # Errors
    /// When the brokers refuse one.
    pub fn create(&self, streams: &[Stream]) -> io::Result<()> {
        for (stream, answer) in streams.iter().zip(self.ask_for(streams)?) {
            match answer {
                Ok(()) | Err(Code::TopicAlreadyExists) => {}
                Err(code) => return Err(io::Error::other(format!("{}: {code}", stream.name))),
            }
        }
        Ok(())
    }

    fn ask_for(&self, streams: &[Stream]) -> io::Result<Vec<Result<(), Code>>> {
        let topics: Vec<NewTopic<'_>> = streams.iter().map(Stream::topic).collect();
        let options = AdminOptions::new();
        let creating = self.admin.create_topics(&topics, &options);
        let answers = self.runtime.block_on(creating).map_err(io::Error::other)?;
        let answers = answers.into_iter();
        Ok(answers
            .map(|answer| answer.map(drop).map_err(|(_, code)| code))
            .collect())
    }

    /// Sets the settings of streams; those that are not named are the broker's own again. Returns whether the
    /// brokers took them.
    pub fn configure(&self, names: &[String], settings: &[(&'static str, &'static str)]) -> bool {
        let configs: Vec<AlterConfig<'_>> = names
            .iter()
            .map(|name| AlterConfig {
                specifier: ResourceSpecifier::Topic(name),
                entries: settings.iter().copied().collect(),
            })
            .collect();
        let options = AdminOptions::new().request_timeout(Some(ANSWER));
        let altering = self.admin.alter_configs(&configs, &options);
        let altered = self.runtime.block_on(altering);
        altered.is_ok_and(|answers| answers.iter().all(Result::is_ok))
    }

    /// Deletes a stream, and creates it again after `down`. A link that starts in between may have created
    /// one of the name; that is deleted as well.
    ///
    /// # Errors
    /// When it is not another one within three minutes.
    pub fn recreate(&self, stream: &Stream, down: Duration) -> io::Result<()> {
        let deadline = Instant::now() + WITHIN * 3;
        let mut down = Some(down);
        loop {
            let options = AdminOptions::new();
            let deleting = self.admin.delete_topics(&[&stream.name], &options);
            let deleted = self.runtime.block_on(deleting);
            let is_gone = deleted.is_ok_and(|answers| {
                let gone = |answer: &Result<String, (String, Code)>| {
                    matches!(
                        answer,
                        Ok(_) | Err((_, Code::UnknownTopicOrPartition | Code::UnknownTopic))
                    )
                };
                answers.iter().all(gone)
            });
            if is_gone {
                // Without a pause from the second time on, or a link that starts creates it first again.
                pause(down.take().unwrap_or_default());
                // Also one that was created although its answer was lost is deleted and created again.
                if let Ok([Ok(())]) = self.ask_for(std::slice::from_ref(stream)).as_deref() {
                    return self.id(&stream.name).map(drop);
                }
            }
            if Instant::now() > deadline {
                let name = &stream.name;
                return Err(io::Error::other(format!(
                    "`{name}` cannot be created again"
                )));
            }
            pause(BREATH);
        }
    }

    /// The id of a stream, once every broker that answers has said the same twice.
    ///
    /// # Errors
    /// When they do not agree within a minute.
    pub fn id(&self, name: &str) -> io::Result<String> {
        let deadline = Instant::now() + WITHIN;
        let mut before = None;
        loop {
            let now = self.ask_all(name);
            if let (Some(id), true) = (&now, now == before) {
                return Ok(id.clone());
            }
            if Instant::now() > deadline {
                let why = format!("the brokers do not agree on `{name}`");
                return Err(io::Error::other(why));
            }
            before = now;
            pause(BREATH);
        }
    }

    fn ask_all(&self, name: &str) -> Option<String> {
        let brokers = self.brokers.split(',');
        let mut answers: Vec<Option<String>> = brokers
            .filter_map(|broker| ids::ask(broker, name).ok())
            .collect();
        answers.dedup();
        match answers.as_mut_slice() {
            [one] => one.take(),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams")
            .field("brokers", &self.brokers)
            .finish_non_exhaustive()
    }
}
