//! A stream that is deleted and created again is another stream: an end that names both, nothing skipped.

mod outputs;
mod retries;

use std::thread;
use std::time::Instant;

use catenae_tests::{Child, DEADLINE, Signal, eventually, feed, put, read_committed, unique};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::BaseRecord;
use rdkafka::{Offset, TopicPartitionList};

use crate::stage::{Stage, ends_in_order, exits, numbered, same, text};

const MODES: [&[&str]; 5] = [
    &[],
    &["--seq"],
    &["--sync"],
    &["--delivery", "exactly-once"],
    &["--delivery", "at-most-once"],
];

/// The values that a reader of committed electrons sees, sorted, once there are at least `count`.
fn seen(stage: &Stage, count: usize) -> Vec<String> {
    let mut lines = eventually(&format!("{count} outputs"), DEADLINE, || {
        let read = read_committed(&stage.broker, &stage.output);
        let lines: Vec<String> = read.iter().map(text).collect();
        (lines.len() >= count).then_some(lines)
    });
    lines.sort();
    lines
}

/// Waits until so many are committed: before that it may be what was committed of the former stream.
fn committed_in_the_end(stage: &Stage, count: usize) {
    eventually("it is committed", DEADLINE, || {
        (stage.committed() == count as i64).then_some(())
    });
}

/// Writes `count` lines to one partition.
fn feed_partition(stage: &Stage, partition: i32, name: &str, count: usize) {
    for line in numbered(name, count) {
        let mut record: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(&stage.input).partition(partition);
        record.payload = Some(line.as_bytes());
        put(&stage.broker, record);
    }
}

/// Creates a stream again with one partition while `child` is fed, until that has ended.
fn recreate_under_load(stage: &Stage, child: &Child, stream: &str, line: &str) {
    thread::scope(|scope| {
        scope.spawn(|| stage.broker.recreate(stream, 1));
        let until = Instant::now() + DEADLINE;
        for n in 0.. {
            if child.has_ended() {
                break;
            }
            assert!(Instant::now() < until, "it has not ended");
            stage.feed([format!("{line} {n}")]);
        }
    });
}

/// The end that is expected, with the stream and two ids.
fn ends_recreated(child: &Child, which: &str, stream: &str) {
    exits(child, 1);
    let class = child.lines().iter().find_map(|line| {
        let (_, who) = line.split_once("INFO ")?;
        Some(who.split_once('/')?.0.to_owned())
    });
    let class = class.expect("it says who it is");
    let error = child.line(&format!("error: {class}/"), DEADLINE);
    let told = format!("{which} stream `{stream}` was deleted and created again (its id was ");
    let (_, ids) = error.split_once(&told).unwrap_or_else(|| panic!("{error}"));
    let (before, rest) = ids.split_once(", and is ").expect("two ids");
    let (now, _) = rest.split_once(" now)").expect("two ids");
    assert!(
        before.len() == 22 && now.len() == 22 && before != now,
        "{error}"
    );
    assert!(error.contains("--on-recreate from-beginning"), "{error}");
}

/// How much longer the new stream is than what was read of the old one.
fn ends_and_reads_all(mode: &[&str], old: usize, new: usize) {
    let stage = Stage::kafka(1);
    stage.feed(numbered("old", old));
    let worker = stage.start("worker", mode);
    stage.await_committed(old as i64);
    stage.broker.recreate(&stage.input, 1);
    stage.feed(numbered("new", new));
    ends_recreated(&worker, "input", &stage.input);
    // As the message says: the next start reads the new one from its beginning.
    let worker = stage.start("worker", mode);
    let mut expected = numbered("new", new);
    expected.extend(numbered("old", old));
    same(&seen(&stage, expected.len()), &expected);
    ends_in_order(&worker);
    assert_eq!(stage.committed(), new as i64);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_longer_stream_is_another_one_in_every_mode() {
    for mode in MODES {
        ends_and_reads_all(mode, 5, 8);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_as_long_as_before_is_another_one_in_every_mode() {
    for mode in MODES {
        ends_and_reads_all(mode, 5, 5);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_shorter_stream_is_another_one_in_every_mode() {
    for mode in MODES {
        ends_and_reads_all(mode, 5, 2);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_empty_stream_is_another_one() {
    let stage = Stage::kafka(1);
    stage.feed(numbered("old", 5));
    let worker = stage.start("worker", &[]);
    stage.await_committed(5);
    stage.broker.recreate(&stage.input, 1);
    ends_recreated(&worker, "input", &stage.input);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn it_is_noticed_when_only_one_partition_is_longer() {
    let stage = Stage::kafka(3);
    for partition in 0..3 {
        feed_partition(&stage, partition, &format!("old-{partition}"), 3);
    }
    let worker = stage.start("worker", &[]);
    stage.await_committed(9);
    stage.broker.recreate(&stage.input, 3);
    feed_partition(&stage, 1, "new", 6);
    ends_recreated(&worker, "input", &stage.input);
    let worker = stage.start("worker", &[]);
    stage.await_output(15);
    let lines = stage.lines(15);
    let new: Vec<String> = lines
        .into_iter()
        .filter(|line| line.starts_with("new"))
        .collect();
    assert_eq!(new, numbered("new", 6));
    ends_in_order(&worker);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn it_goes_on_from_the_beginning_when_told_so() {
    for mode in MODES {
        let stage = Stage::kafka(2);
        let options = [mode, &["--on-recreate", "from-beginning"]].concat();
        stage.feed(numbered("old", 6));
        let worker = stage.start("worker", &options);
        stage.await_committed(6);
        let mut expected = numbered("old", 6);
        for (round, count) in [("new", 9), ("newer", 12), ("shorter", 3), ("equal", 3)] {
            stage.broker.recreate(&stage.input, 2);
            stage.feed(numbered(round, count));
            expected.extend(numbered(round, count));
            expected.sort();
            same(&seen(&stage, expected.len()), &expected);
            committed_in_the_end(&stage, count);
        }
        ends_in_order(&worker);
        worker.line("it is read from its beginning", DEADLINE);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn it_may_have_other_partitions_than_before() {
    for (before, now) in [(4, 2), (2, 4)] {
        for policy in ["fail", "from-beginning"] {
            let stage = Stage::kafka(before);
            let mut options = vec!["--on-recreate", policy];
            if policy == "from-beginning" {
                // It may see the moment in which there is no such stream.
                options.extend(["--kafka", "topic.metadata.refresh.interval.ms=1000"]);
            }
            for partition in 0..before {
                feed_partition(&stage, partition, &format!("old-{partition}"), 3);
            }
            let worker = stage.start("worker", &options);
            stage.await_committed(i64::from(before) * 3);
            stage.broker.recreate(&stage.input, now);
            for partition in 0..now {
                feed_partition(&stage, partition, &format!("new-{partition}"), 5);
            }
            let worker = match policy {
                "fail" => {
                    ends_recreated(&worker, "input", &stage.input);
                    stage.start("worker", &options)
                }
                _ => worker,
            };
            let mut expected: Vec<String> = Vec::new();
            for (name, partitions, count) in [("new", now, 5), ("old", before, 3)] {
                let lines = (0..partitions).flat_map(|n| numbered(&format!("{name}-{n}"), count));
                expected.extend(lines);
            }
            same(&seen(&stage, expected.len()), &expected);
            stage.await_committed(i64::from(now) * 5);
            ends_in_order(&worker);
        }
    }
}

/// The client may see that there is no such stream, and for how long there is none is the operator's affair.
#[test]
#[ignore = "needs Apache Kafka"]
fn it_may_be_away_for_a_while() {
    for mode in MODES {
        let stage = Stage::kafka(2);
        let more = [
            "--on-recreate",
            "from-beginning",
            "--kafka",
            "topic.metadata.refresh.interval.ms=5000",
        ];
        let options = [mode, &more].concat();
        stage.feed(numbered("old", 6));
        let worker = stage.start("worker", &options);
        stage.await_committed(6);
        let mut expected = numbered("old", 6);
        // Once it is there again before anybody has looked, then it is seen that it is not there.
        for (round, count) in [("new", 9), ("newer", 12), ("newest", 7)] {
            match round {
                "new" => stage.broker.recreate(&stage.input, 2),
                _ => {
                    let away = || {
                        let lines = worker.lines().into_iter();
                        let away = |line: &String| line.contains("no longer exists: waiting");
                        lines.filter(away).count()
                    };
                    let before = away();
                    stage.broker.delete(&stage.input);
                    eventually("it is missed", DEADLINE, || (away() > before).then_some(()));
                    stage.broker.create_again(&stage.input, 2);
                }
            }
            stage.feed(numbered(round, count));
            expected.extend(numbered(round, count));
            expected.sort();
            same(&seen(&stage, expected.len()), &expected);
            committed_in_the_end(&stage, count);
        }
        ends_in_order(&worker);
    }
}

/// The race that Kafka cannot see: an offset of the former stream is committed when the new one is there.
#[test]
#[ignore = "needs Apache Kafka"]
fn an_offset_that_was_committed_for_another_stream_is_void() {
    let stage = Stage::kafka(1);
    stage.feed(numbered("old", 5));
    let worker = stage.start("worker", &[]);
    stage.await_committed(5);
    ends_in_order(&worker);
    let note = note(&stage);
    assert!(note.starts_with("catenae:stream-id="), "{note}");
    stage.broker.recreate(&stage.input, 1);
    stage.feed(numbered("new", 8));
    // Further than the new stream goes.
    commit(&stage, 20, &note);
    let worker = stage.start("worker", &[]);
    worker.line("is read from its beginning", DEADLINE);
    let mut expected = numbered("new", 8);
    expected.extend(numbered("old", 5));
    same(&stage.lines(13), &expected);
    ends_in_order(&worker);
    assert_eq!(stage.committed(), 8);
    // An offset that an operator has set is taken as it is.
    commit(&stage, 6, "");
    let worker = stage.start("worker", &[]);
    stage.await_output(15);
    ends_in_order(&worker);
    assert_eq!(stage.await_output(15), 15);
}

fn group_client(stage: &Stage) -> (BaseConsumer, TopicPartitionList) {
    let mut client = stage.broker.client();
    client.set("group.id", &stage.group);
    let mut list = TopicPartitionList::new();
    list.add_partition(&stage.input, 0);
    (client.create().expect("a consumer"), list)
}

/// What stands beside the committed offset.
fn note(stage: &Stage) -> String {
    let (client, list) = group_client(stage);
    let committed = client.committed_offsets(list, DEADLINE).expect("an answer");
    committed.elements()[0].metadata().to_owned()
}

fn commit(stage: &Stage, next: i64, note: &str) {
    let (client, mut list) = group_client(stage);
    list.set_partition_offset(&stage.input, 0, Offset::Offset(next))
        .expect("a partition");
    let mut element = list.find_partition(&stage.input, 0).expect("a partition");
    element.set_metadata(note);
    client.commit(&list, CommitMode::Sync).expect("committed");
}

#[test]
#[ignore = "needs Apache Kafka"]
fn the_other_inputs_and_instances_go_on() {
    let stage = Stage::kafka(4);
    let other = unique("other");
    stage.broker.create(&other, 4);
    let inputs = format!("{},{other}", stage.input);
    let options = ["-i", &inputs, "--on-recreate", "from-beginning"];
    let instances = [(); 2].map(|()| stage.start("lanes", &options));
    for instance in &instances {
        instance.line("assigned: ", DEADLINE);
    }
    let mut expected = Vec::new();
    let mut send = |stream: &str, name: &str, count| {
        let lines = numbered(name, count);
        let records = lines
            .iter()
            .map(|line| (Some(line.as_bytes()), Some(line.as_bytes())));
        feed(&stage.broker, stream, records);
        expected.extend(lines);
        expected.sort();
        expected.clone()
    };
    send(&stage.input, "old", 40);
    let all = send(&other, "other", 40);
    same(&seen(&stage, all.len()), &all);
    stage.broker.recreate(&stage.input, 4);
    send(&other, "more", 40);
    let all = send(&stage.input, "new", 70);
    let mut lines = seen(&stage, all.len());
    // What the instances had in hand of the old one may be there twice.
    lines.dedup();
    same(&lines, &all);
    for instance in &instances {
        instance.signal(Signal::Terminate);
        exits(instance, 0);
    }
}
