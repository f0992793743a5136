//! The broker that a test runs on: an embedded one, or the Kafka that the environment names.

use std::env;
use std::future::Future;

use catenae::EmbeddedBroker;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
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

/// A Kafka that was running before.
pub struct Kafka {
    address: String,
}

impl TestBroker {
    /// The broker of this run.
    ///
    /// # Panics
    /// When the embedded broker does not start.
    #[must_use]
    pub fn start() -> Self {
        match env::var("CATENAE_TEST_KAFKA") {
            Ok(address) if !address.is_empty() => Self::Kafka(Kafka { address }),
            _ => Self::Embedded(EmbeddedBroker::start().expect("the embedded broker starts")),
        }
    }

    /// The Kafka that the environment names, for what the embedded broker only pretends to do;
    /// `None`, and a line that says so, when it names none.
    #[must_use]
    pub fn kafka_only() -> Option<Self> {
        let broker = env::var("CATENAE_TEST_KAFKA").ok().map(|_| Self::start());
        if broker.is_none() {
            eprintln!("not run: it needs Apache Kafka, at CATENAE_TEST_KAFKA=host:port");
        }
        broker
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
    fn admin(&self) -> AdminClient<DefaultClientContext> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config.create().expect("an admin client")
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

    fn create(&self, stream: &str, partitions: i32, settings: &[(&str, &str)]) {
        let topic = NewTopic::new(stream, partitions, TopicReplication::Fixed(1));
        let topic = settings
            .iter()
            .fold(topic, |topic, (name, value)| topic.set(name, value));
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let admin = self.admin();
        let created =
            wait_for(admin.create_topics([&topic], &options)).expect("the broker answers");
        for result in created {
            result.expect("the stream is created");
        }
    }
}

fn wait_for<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}
