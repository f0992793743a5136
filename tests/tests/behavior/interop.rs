//! What other clients and operators do beside a link: their headers, their compression, their partitions,
//! their members of the group.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use catenae_tests::{DEADLINE, TestBroker, by_hand, eventually, feed, feed_with, put, unique};

use crate::stage::{Stage, ends_in_order, exits, numbered, text};

#[test]
fn headers_come_out_as_they_went_in() {
    let stage = Stage::new(1);
    let given: [(&str, Option<&[u8]>); 6] = [
        ("null", None),
        ("empty", Some(b"")),
        ("", Some(b"no name")),
        ("twice", Some(b"1")),
        ("twice", Some(b"2")),
        ("binary", Some(b"\xc3\x28")),
    ];
    let headers = given.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
        all.insert(Header { key, value: *value })
    });
    let record = BaseRecord::to(&stage.input)
        .payload(&b"value"[..])
        .headers(headers);
    put(&stage.broker, record);
    let _worker = stage.start("worker", &[]);
    let expected = given.map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)));
    assert_eq!(stage.read(1)[0].headers, expected);
}

/// From before there was Kafka, from the far future, and without a timestamp.
#[test]
fn timestamps_may_be_any() {
    let stage = Stage::new(1);
    if TestBroker::is_kafka() {
        let any = ("message.timestamp.after.max.ms", "9223372036854775807");
        stage.broker.configure(&stage.input, &[any]);
        stage.broker.configure(&stage.output, &[any]);
    }
    let times = [86_400_000, 4_102_444_800_000, 1_600_000_000_000];
    for time in times {
        let record = BaseRecord::to(&stage.input)
            .payload(&b"value"[..])
            .timestamp(time);
        put(&stage.broker, record);
    }
    let worker = stage.start("worker", &[]);
    stage.await_output(3);
    stage.await_committed(3);
    ends_in_order(&worker);
    assert_eq!(worker.loud(), [""; 0]);
}

#[test]
fn batches_compressed_by_others_are_read() {
    let stage = Stage::new(1);
    let lines = numbered("line", 40);
    for (codec, lines) in ["none", "gzip", "snappy", "lz4"]
        .iter()
        .zip(lines.chunks(10))
    {
        feed_with(
            &stage.broker,
            &stage.input,
            &[("compression.type", codec)],
            lines.iter().map(|line| (None, Some(line.as_bytes()))),
        );
    }
    let _worker = stage.start("worker", &[]);
    assert_eq!(stage.lines(40), lines);
}

/// The tests are built without zstd.
#[test]
fn a_batch_that_cannot_be_unpacked_stops_the_link_with_the_reason() {
    let mut stage = Stage::new(1);
    if TestBroker::is_kafka() {
        stage.input = unique("zstd");
        let zstd = ("compression.type", "zstd");
        stage.broker.create_with(&stage.input, 1, &[zstd]);
        stage.feed(["packed by the broker"]);
    } else {
        by_hand::put_zstd(&stage.broker, &stage.input, 0);
    }
    let worker = stage.start("worker", &[]);
    exits(&worker, 1);
    let place = format!("stream `{}`, partition 0, offset 0", stage.input);
    let line = worker.line("a batch of an input stream cannot be read", DEADLINE);
    assert!(line.contains(&place), "{line}");
    assert!(line.contains("the cargo feature `zstd`"), "{line}");
    assert_eq!(stage.committed(), 0, "nothing is skipped");
}

#[test]
fn large_electrons_are_read_beyond_what_is_fetched_at_once() {
    let stage = Stage::new(1);
    if TestBroker::is_kafka() {
        let large = ("max.message.bytes", "8000000");
        stage.broker.configure(&stage.input, &[large]);
    }
    // The embedded broker keeps 5 MiB.
    let large = vec![b'x'; 4_600_000];
    let records = [(None, Some(&large[..])), (None, Some(&b"small"[..]))];
    let settings = [("message.max.bytes", "8000000")];
    feed_with(&stage.broker, &stage.input, &settings, records);
    let leaf = stage.start_leaf("leaf", &[]);
    stage.await_committed(2);
    ends_in_order(&leaf);
}

#[test]
fn hundreds_of_partitions_are_read_by_one_instance() {
    let stage = Stage::new(1);
    let (wide, count) = (unique("wide"), 400);
    stage.broker.create(&wide, count);
    let lines = numbered("line", 1200);
    let records = lines
        .iter()
        .map(|line| (Some(line.as_bytes()), Some(line.as_bytes())));
    feed(&stage.broker, &wide, records);
    let _worker = stage.start("worker", &["-i", &wide, "--quiet"]);
    assert_eq!(stage.lines(1200), lines);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn partitions_that_are_added_are_read_from_their_beginning() {
    let stage = Stage::kafka(1);
    stage.feed(["first"]);
    let often = ["--kafka", "topic.metadata.refresh.interval.ms=500"];
    let worker = stage.start("worker", &often);
    stage.await_output(1);
    stage.broker.grow(&stage.input, 3);
    // By key to every partition, before the link has noticed them.
    let lines = numbered("line", 60);
    let keyed: Vec<_> = lines
        .iter()
        .map(|line| (line.clone(), line.clone()))
        .collect();
    stage.feed_keyed(&keyed);
    assert_eq!(stage.lines(61)[1..], lines);
    stage.await_committed(61);
    ends_in_order(&worker);
}

/// A member that hands partitions over in another way cannot be in the group.
#[test]
#[ignore = "needs Apache Kafka"]
fn a_member_of_another_kind_in_the_group_is_named() {
    let stage = Stage::kafka(1);
    let mut settings = stage.broker.client();
    settings
        .set("group.id", &stage.group)
        .set("partition.assignment.strategy", "range");
    for (name, value) in stage.broker.group_settings() {
        settings.set(*name, *value);
    }
    let other: BaseConsumer = settings.create().expect("a consumer");
    other.subscribe(&[&stage.input]).expect("a subscription");
    eventually("the other is a member", DEADLINE, || {
        drop(other.poll(Duration::from_millis(50)));
        (other.assignment().ok()?.count() > 0).then_some(())
    });
    let worker = stage.start("worker", &[]);
    eventually("the link ends", DEADLINE, || {
        drop(other.poll(Duration::from_millis(50)));
        worker.has_ended().then_some(())
    });
    exits(&worker, 1);
    worker.line("assign partitions in another way", DEADLINE);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_group_may_change_its_protocol_between_two_starts() {
    let stage = Stage::kafka(2);
    let address = stage.broker.address().to_owned();
    let new = ["-k", &address, "--kafka", "group.protocol=consumer"];
    for (round, more) in [&new[..], &[], &new].into_iter().enumerate() {
        stage.feed([format!("line-{round}")]);
        let worker = stage.start("worker", more);
        stage.await_output(round + 1);
        stage.await_committed(round as i64 + 1);
        ends_in_order(&worker);
    }
    let all: Vec<String> = stage.read(3).iter().map(text).collect();
    assert_eq!(all.len(), 3);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn the_older_of_two_with_one_place_in_the_group_ends_and_says_so() {
    let stage = Stage::kafka(1);
    stage.feed(["a"]);
    let same = ["--kafka", "group.instance.id=one"];
    let older = stage.start("worker", &same);
    stage.await_output(1);
    let newer = stage.start("worker", &same);
    exits(&older, 1);
    older.line("group.instance.id", DEADLINE);
    stage.feed(["b"]);
    stage.await_output(2);
    ends_in_order(&newer);
}
