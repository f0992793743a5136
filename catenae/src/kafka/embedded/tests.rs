//! What the embedded broker does, and does not do, as the real client sees it.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::*;
use crate::kafka::consumer::membership::{MemberKind, leave_alone};

const DEADLINE: Duration = Duration::from_secs(20);
/// Key and value.
type Row = (Option<&'static [u8]>, Option<&'static [u8]>);

const STREAM: &str = "lines";

/// A broker with one stream.
fn broker(partitions: i32) -> EmbeddedBroker {
    let broker = EmbeddedBroker::start().unwrap();
    broker.create_stream(STREAM, partitions).unwrap();
    broker
}

fn consumer(broker: &EmbeddedBroker, group: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.address())
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error");
    for (name, value) in EmbeddedBroker::client_settings() {
        config.set(*name, *value);
    }
    config.create().unwrap()
}

fn producer(broker: &EmbeddedBroker) -> ThreadedProducer<DefaultProducerContext> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.address())
        .set("enable.idempotence", "true")
        .create()
        .unwrap()
}

fn at(partition: i32, offset: Offset) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(STREAM, partition, offset)
        .unwrap();
    list
}

/// Calls `attempt` until it gives a value; it must take its time itself.
fn within<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "not within {DEADLINE:?}: {what}"
        );
    }
}

/// Polls until every member owns its share of ten partitions.
fn settle(members: &[BaseConsumer]) -> Duration {
    let start = Instant::now();
    within("every member owns its share", || {
        for member in members {
            // There is nothing to read; reset errors of fresh partitions are expected.
            let _ = member.poll(Duration::from_millis(5));
        }
        let count = |member: &BaseConsumer| member.assignment().unwrap().count();
        let shares: Vec<usize> = members.iter().map(count).collect();
        let (least, most) = (shares.iter().min()?, shares.iter().max()?);
        (shares.iter().sum::<usize>() == 10 && most - least <= 1).then_some(())
    });
    start.elapsed()
}

#[test]
fn four_members_share_and_so_does_a_fifth() {
    let broker = broker(10);
    let join = || {
        let member = consumer(&broker, "group");
        member.subscribe(&[STREAM]).unwrap();
        member
    };
    let mut members: Vec<_> = (0..4).map(|_| join()).collect();
    let together = settle(&members);
    members.push(join());
    let fifth = settle(&members);
    println!("four members together: {together:?}, a fifth: {fifth:?}");
    // All at once, because each one that goes is a rebalance for the others.
    thread::scope(|scope| {
        for member in &members {
            scope.spawn(|| assert!(leave_alone(member, MemberKind::Classic, |_| DEADLINE)));
        }
    });
}

#[test]
fn streams_are_created_once_and_listed() {
    let broker = broker(3);
    broker.create_stream(STREAM, 3).unwrap();
    broker.create_stream("counts", 1).unwrap();
    assert_eq!(broker.streams().unwrap(), [STREAM, "counts"]);
    let metadata = consumer(&broker, "group")
        .fetch_metadata(Some(STREAM), DEADLINE)
        .unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 3);
}

#[test]
fn an_impossible_stream_is_refused() {
    let broker = broker(1);
    let long = "x".repeat(250);
    let cases = [
        ("none", 0),
        ("negative", -1),
        ("", 1),
        ("..", 1),
        ("a b", 1),
        ("nul\0", 1),
        (&long, 1),
    ];
    for (name, partitions) in cases {
        let error = broker.create_stream(name, partitions).unwrap_err();
        let refused = matches!(error, EmbeddedError::InvalidStream { .. });
        assert!(refused, "{name:?} {partitions}: {error}");
    }
    assert_eq!(broker.streams().unwrap(), [STREAM]);
}

#[test]
fn a_handle_may_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<EmbeddedBroker>();
}

#[test]
fn the_port_is_closed_when_the_handle_is_dropped() {
    let broker = broker(1);
    let address = broker.address().to_owned();
    std::net::TcpStream::connect(&address).unwrap();
    drop(broker);
    std::net::TcpStream::connect(&address).unwrap_err();
}

#[test]
fn keys_headers_nulls_and_empty_values_arrive_as_sent() {
    let broker = broker(1);
    let producer = producer(&broker);
    let rows: [Row; 4] = [
        (Some(b"key"), Some(b"value")),
        (Some(b"key"), None),
        (None, Some(b"")),
        (Some(b""), Some(b"\0\xff")),
    ];
    for (key, value) in rows {
        let headers = OwnedHeaders::new()
            .insert(Header {
                key: "a",
                value: Some("1"),
            })
            .insert(Header::<&str> {
                key: "a",
                value: None,
            });
        let mut record: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(STREAM).headers(headers).partition(0);
        record.key = key;
        record.payload = value;
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(DEADLINE).unwrap();
    let consumer = consumer(&broker, "group");
    consumer.assign(&at(0, Offset::Offset(0))).unwrap();
    for (offset, (key, value)) in rows.into_iter().enumerate() {
        let message = within("a record", || consumer.poll(Duration::from_millis(50))).unwrap();
        assert_eq!(message.offset(), offset as i64);
        assert_eq!(message.key(), key);
        assert_eq!(message.payload(), value);
        let headers: Vec<_> = message.headers().unwrap().iter().collect();
        assert_eq!(headers[0].value, Some(&b"1"[..]));
        assert_eq!((headers[1].key, headers[1].value), ("a", None));
    }
    let marks = consumer.fetch_watermarks(STREAM, 0, DEADLINE).unwrap();
    assert_eq!(marks, (0, 4));
}

#[test]
fn committed_offsets_are_kept_and_found_again() {
    let broker = broker(2);
    {
        let first = consumer(&broker, "group");
        first
            .commit(&at(1, Offset::Offset(7)), CommitMode::Sync)
            .unwrap();
    }
    let second = consumer(&broker, "group");
    let mut asked = at(0, Offset::Invalid);
    asked.add_partition(STREAM, 1);
    let found = second.committed_offsets(asked, DEADLINE).unwrap();
    let offsets: Vec<_> = found.elements().iter().map(|e| e.offset()).collect();
    assert_eq!(offsets, [Offset::Invalid, Offset::Offset(7)]);
}

/// Fills the only partition with `count` values of 100 kB: 53 of them are more than it keeps.
fn fill(producer: &ThreadedProducer<DefaultProducerContext>, count: usize) {
    let value = vec![b'x'; 100_000];
    for _ in 0..count {
        let record: BaseRecord<'_, (), [u8]> = BaseRecord::to(STREAM).partition(0).payload(&value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(DEADLINE).unwrap();
}

/// Polls for a record's offset or an error.
fn next(reader: &BaseConsumer) -> Result<i64, KafkaError> {
    within("a record or an error", || {
        reader.poll(Duration::from_millis(50))
    })
    .map(|message| message.offset())
}

/// What polling says once the partition has dropped what the reader wants next. The error names
/// no partition: it is one whose next position is below its low watermark.
#[test]
fn a_vanished_offset_is_an_error_and_never_a_reset() {
    let vanished = KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset);
    let broker = broker(1);
    let producer = producer(&broker);
    fill(&producer, 1);
    let slow = consumer(&broker, "slow");
    slow.assign(&at(0, Offset::Offset(0))).unwrap();
    assert_eq!(next(&slow), Ok(0));
    slow.pause(&at(0, Offset::Invalid)).unwrap();
    fill(&producer, 100);
    let (low, high) = slow.fetch_watermarks(STREAM, 0, DEADLINE).unwrap();
    assert!(low > 1 && high == 101, "kept are {low}..{high}");

    slow.resume(&at(0, Offset::Invalid)).unwrap();
    let late = consumer(&broker, "late");
    late.assign(&at(0, Offset::Offset(0))).unwrap();
    for (reader, position) in [(&slow, Offset::Offset(1)), (&late, Offset::Invalid)] {
        assert_eq!(next(reader), Err(vanished.clone()));
        let positions = reader.position().unwrap();
        assert_eq!(positions.elements()[0].offset(), position);
    }
}

#[test]
fn a_group_without_offsets_must_be_told_where_to_start() {
    let broker = broker(1);
    fill(&producer(&broker), 1);
    let reader = consumer(&broker, "group");
    let unset = KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset);
    reader.assign(&at(0, Offset::Stored)).unwrap();
    assert_eq!(next(&reader), Err(unset));
    reader.assign(&at(0, Offset::Offset(0))).unwrap();
    assert_eq!(next(&reader), Ok(0));
}
