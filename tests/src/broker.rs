//! The broker that a test runs on: an embedded one, or the Kafka that the environment names.

use std::env;
use std::future::Future;

use catenae::EmbeddedBroker;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::wait::{DEADLINE, eventually};

/// A broker for one test. With `CATENAE_TEST_KAFKA=host:port` it is the Kafka there, shared with
/// other tests, so streams and groups need [`unique`](crate::unique) names; else an embedded one,
/// which stops when it is dropped.
pub enum TestBroker {
    /// In this process.
    Embedded(EmbeddedBroker),
    /// Apache Kafka.
    Kafka(Kafka),
}

/// A broker in another process.
pub struct Kafka {
    address: String,
    embedded: bool,
}

impl TestBroker {
    /// The broker of this run.
    ///
    /// # Panics
    /// When the embedded broker does not start.
    #[must_use]
    pub fn start() -> Self {
        match env::var("CATENAE_TEST_KAFKA") {
            Ok(address) if !address.is_empty() => Self::Kafka(Kafka::at(&address, false)),
            _ => Self::Embedded(EmbeddedBroker::start().expect("the embedded broker starts")),
        }
    }

    /// The Kafka that the environment names, for what the embedded broker only pretends to do. A test
    /// that needs it is marked `#[ignore = "needs Apache Kafka"]`: what was not run is then listed by name.
    ///
    /// # Panics
    /// When it names none.
    #[must_use]
    #[track_caller]
    pub fn kafka() -> Self {
        Self::require_kafka();
        Self::start()
    }

    /// Fails a test that needs Apache Kafka, and starts brokers of its own, where none is named.
    ///
    /// # Panics
    /// When no broker is named.
    #[track_caller]
    pub fn require_kafka() {
        assert!(
            Self::is_kafka(),
            "this test needs Apache Kafka: start one with tests/kafka/kafka.sh, name it in \
             CATENAE_TEST_KAFKA, and mark the test #[ignore = \"needs Apache Kafka\"]"
        );
    }

    /// Whether the broker of this run is Apache Kafka.
    #[must_use]
    pub fn is_kafka() -> bool {
        env::var("CATENAE_TEST_KAFKA").is_ok_and(|address| !address.is_empty())
    }

    /// Where it listens, as `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Embedded(broker) => broker.address(),
            Self::Kafka(kafka) => &kafka.address,
        }
    }

    /// Creates a stream and waits until a client can see it.
    ///
    /// # Panics
    /// When the broker refuses it.
    pub fn create(&self, stream: &str, partitions: i32) {
        self.create_with(stream, partitions, &[]);
    }

    /// The same with settings of the stream, which the embedded broker does not have.
    ///
    /// # Panics
    /// When the broker refuses it.
    pub fn create_with(&self, stream: &str, partitions: i32, settings: &[(&str, &str)]) {
        match self {
            Self::Embedded(broker) => broker
                .create_stream(stream, partitions)
                .expect("the embedded broker creates a stream"),
            Self::Kafka(kafka) => kafka.create(stream, partitions, settings),
        }
        self.await_leaders(stream, partitions);
    }

    fn await_leaders(&self, stream: &str, partitions: i32) {
        let client: BaseProducer = self.client().create().expect("a client");
        eventually("every partition has a leader", DEADLINE, || {
            let metadata = client
                .client()
                .fetch_metadata(Some(stream), DEADLINE)
                .ok()?;
            let ready = metadata.topics()[0].partitions();
            let led = ready.iter().filter(|partition| partition.leader() >= 0);
            (led.count() == partitions as usize).then_some(())
        });
    }

    /// Deletes a stream and creates one of the same name, on Apache Kafka. A client that reads it may never
    /// see it missing.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn recreate(&self, stream: &str, partitions: i32) {
        self.delete(stream);
        self.create_again(stream, partitions);
    }

    /// Deletes a stream, and waits until it is listed no more; on Apache Kafka.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn delete(&self, stream: &str) {
        let Self::Kafka(kafka) = self else {
            panic!("the embedded broker deletes nothing when asked")
        };
        kafka.delete(stream);
        // What is listed after this is the new one.
        let client: BaseProducer = self.client().create().expect("a client");
        eventually("a deleted stream is listed no more", DEADLINE, || {
            let all = client.client().fetch_metadata(None, DEADLINE).ok()?;
            let listed = all.topics().iter().any(|topic| topic.name() == stream);
            (!listed).then_some(())
        });
    }

    /// Creates a stream of the name of one that was deleted, on Apache Kafka.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn create_again(&self, stream: &str, partitions: i32) {
        let Self::Kafka(kafka) = self else {
            panic!("the embedded broker deletes nothing when asked")
        };
        // The name is free when the deletion has reached every part of the broker.
        eventually("the name of a deleted stream is free", DEADLINE, || {
            kafka.try_create(stream, partitions, &[]).ok()
        });
        self.await_leaders(stream, partitions);
    }

    /// Sets settings of a stream, and waits until they hold; on Apache Kafka. Those that are not named are
    /// the broker's own again.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn configure(&self, stream: &str, settings: &[(&str, &str)]) {
        let Self::Kafka(kafka) = self else {
            panic!("the embedded broker has no settings of streams")
        };
        kafka.configure(stream, settings);
    }

    /// Adds partitions to a stream, up to `partitions`, on Apache Kafka.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn grow(&self, stream: &str, partitions: i32) {
        let Self::Kafka(kafka) = self else {
            panic!("the embedded broker adds no partitions")
        };
        kafka.grow(stream, partitions);
        self.await_leaders(stream, partitions);
    }

    /// Deletes the records of a partition that are older than `offset`, on Apache Kafka.
    ///
    /// # Panics
    /// On the embedded broker, and when Kafka refuses it.
    pub fn delete_before(&self, stream: &str, partition: i32, offset: i64) {
        let Self::Kafka(kafka) = self else {
            panic!("the embedded broker deletes nothing when asked")
        };
        kafka.delete_before(stream, partition, offset);
    }

    /// The configuration of a plain client of this broker.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        config
    }

    /// The settings with which groups form quickly on this broker.
    #[must_use]
    pub fn group_settings(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Embedded(_) => EmbeddedBroker::client_settings(),
            Self::Kafka(Kafka { embedded: true, .. }) => EmbeddedBroker::client_settings(),
            Self::Kafka(_) => &[
                ("heartbeat.interval.ms", "200"),
                ("session.timeout.ms", "6000"),
            ],
        }
    }

    /// The options that start a micromodule on this broker: `-k` and the group settings.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let mut options = vec!["-k".to_owned(), self.address().to_owned()];
        for (name, value) in self.group_settings() {
            options.extend(["--kafka".to_owned(), format!("{name}={value}")]);
        }
        options
    }
}

impl Kafka {
    /// The one at this address, which may be an embedded one of another process.
    pub(crate) fn at(address: &str, embedded: bool) -> Self {
        Self {
            address: address.to_owned(),
            embedded,
        }
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config.create().expect("an admin client")
    }

    fn configure(&self, stream: &str, settings: &[(&str, &str)]) {
        let topic = AlterConfig {
            specifier: ResourceSpecifier::Topic(stream),
            entries: settings.iter().copied().collect(),
        };
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let altered = wait_for(admin.alter_configs([&topic], &options)).expect("an answer");
        for result in altered {
            result.expect("the settings are taken");
        }
        eventually("the settings hold", DEADLINE, || {
            let asked = [ResourceSpecifier::Topic(stream)];
            let told = wait_for(admin.describe_configs(&asked, &options)).ok()?;
            let told = told.into_iter().next()?.ok()?;
            let holds = |(name, value): &(&str, &str)| {
                let known = told.get(name).and_then(|entry| entry.value.as_deref());
                known == Some(*value)
            };
            settings.iter().all(holds).then_some(())
        });
    }

    fn delete_before(&self, stream: &str, partition: i32, offset: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(stream, partition, Offset::Offset(offset))
            .expect("a partition");
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let deleted = wait_for(admin.delete_records(&list, &options)).expect("an answer");
        for element in deleted.elements() {
            element.error().expect("the records are deleted");
        }
    }

    fn grow(&self, stream: &str, partitions: i32) {
        let count = usize::try_from(partitions).expect("a count");
        let grown = NewPartitions::new(stream, count);
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let grown = wait_for(admin.create_partitions([&grown], &options)).expect("an answer");
        for result in grown {
            result.expect("the partitions are added");
        }
    }

    fn delete(&self, stream: &str) {
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let deleted = wait_for(admin.delete_topics(&[stream], &options)).expect("an answer");
        for result in deleted {
            result.expect("the stream is deleted");
        }
    }

    fn create(&self, stream: &str, partitions: i32, settings: &[(&str, &str)]) {
        let created = self.try_create(stream, partitions, settings);
        created.expect("the stream is created");
    }

    fn try_create(
        &self,
        stream: &str,
        partitions: i32,
        settings: &[(&str, &str)],
    ) -> Result<(), RDKafkaErrorCode> {
        let topic = NewTopic::new(stream, partitions, TopicReplication::Fixed(1));
        let topic = settings
            .iter()
            .fold(topic, |topic, (name, value)| topic.set(name, value));
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let created =
            wait_for(admin.create_topics([&topic], &options)).expect("the broker answers");
        created
            .into_iter()
            .try_for_each(|result| result.map(drop).map_err(|(_, code)| code))
    }
}

pub(crate) fn wait_for<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
