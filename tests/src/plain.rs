//! Plain clients: what feeds streams and reads them without the library under test.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use crate::broker::TestBroker;
use crate::wait::{DEADLINE, eventually};

/// A record as it lies on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The partition.
    pub partition: i32,
    /// The position in the partition.
    pub offset: i64,
    /// Milliseconds since the Unix epoch.
    pub timestamp: Option<i64>,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Received {
    /// The value as text.
    ///
    /// # Panics
    /// When it is a tombstone, or not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(self.value.as_deref().expect("a value")).expect("UTF-8")
    }

    /// The value of the last header of that name, as text.
    ///
    /// # Panics
    /// When there is none, or it is null or not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut named = self.headers.iter().rev().filter(|(other, _)| other == name);
        let value = named.next().and_then(|(_, value)| value.as_deref());
        let value = value.unwrap_or_else(|| panic!("no header `{name}`: {:?}", self.headers));
        str::from_utf8(value).expect("UTF-8")
    }
}

/// Writes keys and values to a stream, in order, and waits until the broker has them.
///
/// # Panics
/// When one is not delivered.
pub fn feed<'a>(
    broker: &TestBroker,
    stream: &str,
    records: impl IntoIterator<Item = (Option<&'a [u8]>, Option<&'a [u8]>)>,
) {
    feed_with(broker, stream, &[], records);
}

/// The same with settings of the producer.
///
/// # Panics
/// When one is not delivered, or a setting not known.
pub fn feed_with<'a>(
    broker: &TestBroker,
    stream: &str,
    settings: &[(&str, &str)],
    records: impl IntoIterator<Item = (Option<&'a [u8]>, Option<&'a [u8]>)>,
) {
    let mut config = broker.client();
    config.set("enable.idempotence", "true");
    for (name, value) in settings {
        config.set(*name, *value);
    }
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("a producer");
    let before = length(broker, stream);
    let mut count = 0;
    for (key, value) in records {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(stream);
        (record.key, record.payload) = (key, value);
        let mut waiting = Some(record);
        eventually("the producer takes a record", DEADLINE, || {
            // A full queue gives the record back.
            waiting = producer
                .send(waiting.take()?)
                .err()
                .map(|(_, record)| record);
            waiting.is_none().then_some(())
        });
        count += 1;
    }
    producer.flush(DEADLINE).expect("the broker takes them");
    // Others may write at the same time.
    let arrived = length(broker, stream) - before;
    assert!(arrived >= count, "{arrived} of {count} on `{stream}`");
}

/// Writes one record as it is, and waits until the broker has it.
///
/// # Panics
/// When it is not delivered.
pub fn put(broker: &TestBroker, record: BaseRecord<'_, [u8], [u8]>) {
    let producer: ThreadedProducer<DefaultProducerContext> =
        broker.client().create().expect("a producer");
    let stream = record.topic.to_owned();
    let before = length(broker, &stream);
    assert!(producer.send(record).is_ok(), "the producer takes a record");
    producer.flush(DEADLINE).expect("the broker takes it");
    assert!(length(broker, &stream) > before, "not on `{stream}`");
}

/// Whether the broker has a stream of that name.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn exists(broker: &TestBroker, stream: &str) -> bool {
    // Asking for one by name would create it on some brokers.
    streams(broker).iter().any(|name| name == stream)
}

/// The names of all streams of the broker, sorted.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn streams(broker: &TestBroker) -> Vec<String> {
    let client: BaseConsumer = broker.client().create().expect("a client");
    let all = client.fetch_metadata(None, DEADLINE).expect("an answer");
    let names = all.topics().iter().map(|topic| topic.name().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// How many records all partitions of a stream have taken so far.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn length(broker: &TestBroker, stream: &str) -> i64 {
    let client: BaseConsumer = broker.client().create().expect("a client");
    let end = |partition| {
        // A partition that was just created may have no leader yet.
        eventually("the end of a partition is known", DEADLINE, || {
            client.fetch_watermarks(stream, partition, DEADLINE).ok()
        })
        .1
    };
    partitions(&client, stream).into_iter().map(end).sum()
}

/// Reads a stream from its beginning until it has `count` records; those of one partition are in
/// order.
///
/// # Panics
/// When there are fewer by the deadline; the message says how many there are.
#[must_use]
#[track_caller]
pub fn read(broker: &TestBroker, stream: &str, count: usize, deadline: Duration) -> Vec<Received> {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", "plain-reader")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error")
        .create()
        .expect("a consumer");
    let mut start = TopicPartitionList::new();
    for partition in partitions(&consumer, stream) {
        start
            .add_partition_offset(stream, partition, Offset::Offset(0))
            .expect("a partition");
    }
    consumer.assign(&start).expect("an assignment");
    let began = Instant::now();
    let mut received = Vec::with_capacity(count);
    while received.len() < count {
        let read = received.len();
        let late = began.elapsed() >= deadline;
        assert!(!late, "{read} of {count} on `{stream}` after {deadline:?}");
        if let Some(message) = consumer.poll(Duration::from_millis(50)) {
            received.push(keep(&message.expect("a record")));
        }
    }
    received
}

/// Everything on a stream that took effect, as a reader of committed records sees it, up to the first
/// transaction that is still open; those of one partition are in order.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
#[track_caller]
pub fn read_committed(broker: &TestBroker, stream: &str) -> Vec<Received> {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", "plain-reader")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .expect("a consumer");
    let mut start = TopicPartitionList::new();
    let mut open = partitions(&consumer, stream);
    for partition in &open {
        start
            .add_partition_offset(stream, *partition, Offset::Offset(0))
            .expect("a partition");
    }
    consumer.assign(&start).expect("an assignment");
    let began = Instant::now();
    let mut received = Vec::new();
    while !open.is_empty() {
        assert!(
            began.elapsed() < DEADLINE,
            "{open:?} of `{stream}` have no end"
        );
        match consumer.poll(Duration::from_millis(50)) {
            Some(Ok(message)) => received.push(keep(&message)),
            Some(Err(KafkaError::PartitionEOF(ended))) => open.retain(|one| *one != ended),
            // A broker that comes back.
            Some(Err(_)) | None => {}
        }
    }
    received
}

/// The offsets that a group has committed on a stream, by partition; only those it has.
///
/// # Panics
/// When the broker does not answer.
#[must_use]
pub fn committed(broker: &TestBroker, group: &str, stream: &str) -> BTreeMap<i32, i64> {
    // A question that meets a broker which has just come back may never be answered: ask again.
    let deadline = Instant::now() + DEADLINE;
    let found = loop {
        let client: BaseConsumer = broker
            .client()
            .set("group.id", group)
            .create()
            .expect("a client");
        let mut asked = TopicPartitionList::new();
        for partition in partitions(&client, stream) {
            asked.add_partition(stream, partition);
        }
        match client.committed_offsets(asked, DEADLINE / 10) {
            Ok(found) => break found,
            Err(error) => assert!(Instant::now() < deadline, "an answer: {error}"),
        }
    };
    let known = |offset| match offset {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    let pairs = found.elements().into_iter();
    pairs
        .filter_map(|element| Some((element.partition(), known(element.offset())?)))
        .collect()
}

fn partitions(client: &BaseConsumer, stream: &str) -> Vec<i32> {
    let metadata = client
        .fetch_metadata(Some(stream), DEADLINE)
        .expect("an answer");
    let found = metadata.topics()[0].partitions();
    assert!(!found.is_empty(), "there is no stream `{stream}`");
    found.iter().map(|partition| partition.id()).collect()
}

fn keep(message: &impl Message) -> Received {
    let header = |header: rdkafka::message::Header<'_, &[u8]>| {
        (header.key.to_owned(), header.value.map(<[u8]>::to_vec))
    };
    Received {
        partition: message.partition(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: message
            .headers()
            .map(|all| all.iter().map(header).collect())
            .unwrap_or_default(),
    }
}
