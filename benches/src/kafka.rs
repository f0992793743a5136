//! The Kafka of the benchmark: given, or started; filled, asked, read back.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::runtime::Runtime;

use crate::cell::Cell;
use crate::error::Error;
use crate::workload::{Check, write};

const WITHIN: Duration = Duration::from_secs(30);

/// An Apache Kafka, ended with the benchmark when it was started by it.
pub struct Kafka {
    address: String,
    started: Option<PathBuf>,
    admin: AdminClient<DefaultClientContext>,
    asker: BaseConsumer,
    runtime: Runtime,
}

impl Kafka {
    /// The Kafka that `CATENAE_TEST_KAFKA` names, or one that `tests/kafka/kafka.sh` starts.
    ///
    /// # Errors
    /// When there is none.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&[])
    }

    /// The same; one that is started has these settings, each `key=value`.
    ///
    /// # Errors
    /// When there is none.
    pub fn start_with(settings: &[&str]) -> Result<Self, Error> {
        let given = std::env::var("CATENAE_TEST_KAFKA").ok();
        let given = given.filter(|address| !address.is_empty());
        let (address, started) = match given {
            Some(address) => (address, None),
            None => {
                let state = root().join("target").join("bench-kafka");
                let address = script("start", &state, settings)?;
                (address, Some(state))
            }
        };
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &address)
            .set("group.id", "catenae-bench-asks");
        let client = Error::kafka("a client");
        let admin = config.create().map_err(client)?;
        let asker = config.create().map_err(Error::kafka("a client"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::program("tokio"))?;
        Ok(Self {
            address,
            started,
            admin,
            asker,
            runtime,
        })
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Creates a stream and waits until it has leaders.
    ///
    /// # Errors
    /// When Kafka refuses it.
    pub fn create(&self, stream: &str, partitions: i32) -> Result<(), Error> {
        self.create_with(stream, partitions, &[])
    }

    /// The same, with settings of its own.
    ///
    /// # Errors
    /// When Kafka refuses it.
    pub fn create_with(
        &self,
        stream: &str,
        partitions: i32,
        settings: &[(&str, &str)],
    ) -> Result<(), Error> {
        let topic = NewTopic::new(stream, partitions, TopicReplication::Fixed(1));
        let topic = settings
            .iter()
            .fold(topic, |topic, (key, value)| topic.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(WITHIN));
        let created = self.admin.create_topics([&topic], &options);
        let refused = || Error::kafka(format!("stream `{stream}` cannot be created"));
        let results = self.runtime.block_on(created).map_err(refused())?;
        for result in results {
            result.map_err(|(_, code)| refused()(KafkaError::AdminOp(code)))?;
        }
        // Asked for its metadata first, so that the client does not remember it as unknown.
        let end = Instant::now() + WITHIN;
        loop {
            let metadata = self
                .asker
                .fetch_metadata(Some(stream), WITHIN)
                .map_err(Error::kafka(format!("the partitions of `{stream}`")))?;
            let found = metadata
                .topics()
                .iter()
                .flat_map(|topic| topic.partitions());
            let led = found.filter(|partition| partition.leader() >= 0).count();
            // A new leader may not know yet that it is one.
            if led == partitions as usize && self.ends(stream, partitions).is_ok() {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(Error::Void(format!("stream `{stream}` gets no leaders")));
            }
        }
    }

    /// Deletes streams; what it cannot delete stays.
    pub fn delete(&self, stream: &str) {
        let deleted = self.admin.delete_topics(&[stream], &AdminOptions::new());
        let _ = self.runtime.block_on(deleted);
    }

    /// How many records each partition holds.
    ///
    /// # Errors
    /// When Kafka does not say.
    pub fn ends(&self, stream: &str, partitions: i32) -> Result<Vec<u64>, Error> {
        let end = |partition| {
            let asked = self.asker.fetch_watermarks(stream, partition, WITHIN);
            asked.map(|(_, high)| u64::try_from(high).unwrap_or(0))
        };
        let ends = (0..partitions).map(end);
        ends.collect::<Result<_, _>>()
            .map_err(Error::kafka(format!("the end of `{stream}`")))
    }

    /// A client that may ask what a group has committed.
    ///
    /// # Errors
    /// When there can be none.
    pub fn member(&self, group: &str) -> Result<BaseConsumer, Error> {
        ClientConfig::new()
            .set("bootstrap.servers", &self.address)
            .set("group.id", group)
            .create()
            .map_err(Error::kafka("a client"))
    }

    /// Whether the group of `client` has committed all that its stream holds.
    ///
    /// # Errors
    /// When Kafka does not say.
    pub fn committed(client: &BaseConsumer, stream: &str, ends: &[u64]) -> Result<bool, Error> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range(stream, 0, ends.len() as i32 - 1);
        let what = format!("the offsets of a group on `{stream}`");
        let committed = client
            .committed_offsets(list, WITHIN)
            .map_err(Error::kafka(what))?;
        Ok(committed.elements().iter().all(|element| {
            let end = ends[element.partition() as usize];
            element.offset() == Offset::Offset(end as i64)
        }))
    }

    /// Fills a stream evenly; returns how many records each partition got.
    ///
    /// # Errors
    /// When Kafka does not take them.
    pub fn fill(&self, stream: &str, cell: &Cell) -> Result<Vec<u64>, Error> {
        self.fill_as(stream, cell, None)
    }

    /// The same for one of several inputs, each of one partition: the records carry the number of the input.
    ///
    /// # Errors
    /// When Kafka does not take them.
    pub fn fill_input(&self, stream: &str, cell: &Cell, input: u32) -> Result<(), Error> {
        self.fill_as(stream, cell, Some(input)).map(drop)
    }

    fn fill_as(&self, stream: &str, cell: &Cell, input: Option<u32>) -> Result<Vec<u64>, Error> {
        let producer = producer(&self.address)?;
        let mut buffer = Vec::new();
        for number in 0..cell.records {
            let partition = (number % cell.partitions as u64) as u32;
            write(
                cell.payload,
                input.unwrap_or(partition),
                number / cell.partitions as u64,
                &mut buffer,
            );
            let record = BaseRecord::<(), [u8]>::to(stream)
                .partition(partition as i32)
                .payload(&buffer);
            send(&producer, record)?;
        }
        producer.flush(WITHIN).map_err(Error::kafka("filling"))?;
        let ends = self.ends(stream, cell.partitions)?;
        if ends.iter().sum::<u64>() != cell.records {
            return Err(Error::Void(format!("`{stream}` was not filled: {ends:?}")));
        }
        Ok(ends)
    }

    /// Reads an output stream to its end and holds it against the inputs.
    ///
    /// # Errors
    /// Loss, disorder or repetition.
    pub fn check(&self, stream: &str, cell: &Cell, inputs: &[u64]) -> Result<(), Error> {
        self.check_order(stream, cell, inputs).map(drop)
    }

    /// The same; returns of which input each output came, in their order.
    ///
    /// # Errors
    /// Loss, disorder or repetition.
    pub fn check_order(
        &self,
        stream: &str,
        cell: &Cell,
        inputs: &[u64],
    ) -> Result<Vec<u32>, Error> {
        let mut order = Vec::new();
        let mut check = Check::new(cell.payload, inputs);
        self.read_to_end(stream, cell.partitions, |message| {
            let value = message.payload().unwrap_or_default();
            let input = check.take(message.partition() as usize, value);
            order.push(input.map_err(Error::Void)?);
            Ok(())
        })?;
        check.finish().map_err(Error::Void)?;
        Ok(order)
    }

    /// Reads what a stream holds, from its beginning to its end.
    ///
    /// # Errors
    /// What `take` says of a record, or when the stream cannot be read.
    pub(crate) fn read_to_end(
        &self,
        stream: &str,
        partitions: i32,
        mut take: impl FnMut(&BorrowedMessage<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.address)
            .set("group.id", "catenae-bench-checks")
            .set("enable.auto.commit", "false")
            .set("check.crcs", "true")
            .set("enable.partition.eof", "true")
            .set("queued.min.messages", "10000")
            .set("fetch.queue.backoff.ms", "10")
            .create()
            .map_err(Error::kafka("a client"))?;
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(stream, partition, Offset::Beginning)
                .map_err(Error::kafka("reading"))?;
        }
        client.assign(&list).map_err(Error::kafka("reading"))?;
        let mut unread = partitions;
        while unread > 0 {
            let message = match client.poll(WITHIN) {
                Some(Ok(message)) => message,
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    unread -= 1;
                    continue;
                }
                Some(Err(error)) => return Err(Error::kafka("reading")(error)),
                None => return Err(Error::Void("an output stream cannot be read".to_owned())),
            };
            take(&message)?;
        }
        Ok(())
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        if let Some(state) = &self.started
            && let Err(error) = script("stop", state, &[])
        {
            eprintln!("bench: {error}");
        }
    }
}

pub(crate) type Filler = ThreadedProducer<DefaultProducerContext>;

/// A producer that fills streams.
pub(crate) fn producer(address: &str) -> Result<Filler, Error> {
    ClientConfig::new()
        .set("bootstrap.servers", address)
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .create()
        .map_err(Error::kafka("a producer"))
}

/// Sends one record, when there is room for it.
pub(crate) fn send(producer: &Filler, mut record: BaseRecord<'_, (), [u8]>) -> Result<(), Error> {
    while let Err((error, again)) = producer.send(record) {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
            return Err(Error::kafka("filling")(error));
        }
        record = again;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn script(command: &str, state: &PathBuf, settings: &[&str]) -> Result<String, Error> {
    let program = root().join("tests").join("kafka").join("kafka.sh");
    let mut script = Command::new(&program);
    script.arg(command).env("CATENAE_KAFKA_STATE", state);
    if !settings.is_empty() {
        script.env("CATENAE_KAFKA_SETTINGS", settings.join("\n"));
    }
    let output = script
        .output()
        .map_err(Error::program(program.display().to_string()))?;
    if !output.status.success() {
        return Err(Error::Ended {
            program: format!("kafka.sh {command}"),
            how: output.status.to_string(),
            lines: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let address = text.trim().trim_start_matches("CATENAE_TEST_KAFKA=");
    Ok(address.to_owned())
}
