//! Keys: equal ones keep together and in order, the empty one as well; electrons without one are spread, except
//! where a link keeps an order.

use std::collections::BTreeSet;

use catenae_tests::{DEADLINE, Received, TestBroker, feed, read, read_committed};

use crate::stage::{Stage, ends_in_order, numbered, text};

const PARTITIONS: i32 = 10;

/// The ways out; transactions need Apache Kafka.
const MODES: &[&[&str]] = &[&[], &["--delivery", "exactly-once"]];

/// Writes `count` lines with this key, in order, to one partition of the input.
fn feed_in_order(stage: &Stage, key: Option<&str>, name: &str, count: usize) -> Vec<String> {
    let lines = numbered(name, count);
    let records = lines
        .iter()
        .map(|line| (key.map(str::as_bytes), Some(line.as_bytes())));
    feed(&stage.broker, &stage.input, records);
    lines
}

fn partitions(received: &[Received]) -> BTreeSet<i32> {
    received.iter().map(|one| one.partition).collect()
}

/// What has this key.
fn of_key(received: &[Received], key: Option<&str>) -> Vec<Received> {
    let has_it = |one: &&Received| one.key.as_deref() == key.map(str::as_bytes);
    received.iter().filter(has_it).cloned().collect()
}

/// A stage whose input keeps everything in order, and whose output has many partitions.
fn narrow_in_wide_out() -> Stage {
    let stage = Stage::bare(TestBroker::start());
    stage.broker.create(&stage.input, 1);
    stage.broker.create(&stage.output, PARTITIONS);
    stage
}

#[test]
fn an_empty_key_keeps_its_order_in_every_mode() {
    an_empty_key_keeps_its_order(&MODES[..1]);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_empty_key_keeps_its_order_in_every_mode_with_transactions_too() {
    let _ = TestBroker::kafka();
    an_empty_key_keeps_its_order(&MODES[1..]);
}

fn an_empty_key_keeps_its_order(modes: &[&[&str]]) {
    for &mode in modes {
        let stage = narrow_in_wide_out();
        let empty = feed_in_order(&stage, Some(""), "empty", 200);
        let keyed = feed_in_order(&stage, Some("x"), "keyed", 50);
        let worker = stage.start("worker", &[mode, &["--quiet"][..]].concat());
        stage.await_committed(250);
        ends_in_order(&worker);
        let got = read_committed(&stage.broker, &stage.output);
        for (key, lines) in [("", empty), ("x", keyed)] {
            let of_key = of_key(&got, Some(key));
            assert_eq!(partitions(&of_key).len(), 1, "key `{key}`, mode {mode:?}");
            let in_order: Vec<String> = of_key.iter().map(text).collect();
            assert_eq!(in_order, lines, "key `{key}`, mode {mode:?}");
        }
    }
}

#[test]
fn electrons_without_a_key_are_spread() {
    let stage = narrow_in_wide_out();
    let lines = numbered("line", 30_000);
    stage.feed(&lines);
    let worker = stage.start("worker", &["--quiet"]);
    let got = stage.read(lines.len());
    assert!(of_key(&got, None).len() == lines.len() && partitions(&got).len() > 1);
    ends_in_order(&worker);
}

#[test]
fn electrons_without_a_key_keep_their_order_where_the_link_keeps_one() {
    for order in ["--seq", "--sync"] {
        let stage = narrow_in_wide_out();
        let lines = feed_in_order(&stage, None, "line", 300);
        let keyed = feed_in_order(&stage, Some("x"), "keyed", 20);
        let worker = stage.start("worker", &[order, "--quiet"]);
        let got = stage.read(lines.len() + keyed.len());
        let without = of_key(&got, None);
        assert_eq!(partitions(&without).len(), 1, "{order}");
        assert_eq!(without.iter().map(text).collect::<Vec<_>>(), lines);
        // A key goes where it always goes: there are readers that count on it.
        let elsewhere = partitions(&of_key(&got, Some("x")));
        assert_ne!(elsewhere, partitions(&without), "{order}");
        ends_in_order(&worker);
    }
}

#[test]
fn copies_of_an_empty_key_lie_together() {
    copies_of_an_empty_key_lie_together_of(&MODES[..1]);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn copies_of_an_empty_key_lie_together_with_transactions_too() {
    let _ = TestBroker::kafka();
    copies_of_an_empty_key_lie_together_of(&MODES[1..]);
}

fn copies_of_an_empty_key_lie_together_of(modes: &[&[&str]]) {
    for &mode in modes {
        let stage = narrow_in_wide_out();
        let side = ["dlq", "retry"].map(|end| format!("{}.worker.{end}", stage.input));
        for stream in &side {
            stage.broker.create(stream, PARTITIONS);
        }
        let same_text = ["same"; 30].map(|text| (String::new(), text.to_owned()));
        stage.feed_keyed(&same_text);
        let gives_up = ["--fail", "same", "--on-error", "dead_letter"];
        let cap = [
            "--give-up-cap",
            "run=1000,percent=100",
            "--partitions",
            "10",
        ];
        let mut orders = [mode, &gives_up[..], &cap].concat();
        if mode.is_empty() {
            orders.extend(["--retry", "max=1,backoff=10ms..10ms,delayed"]);
        }
        let worker = stage.start("worker", &orders);
        stage.await_committed(30);
        let lies_on = |stream: &str| {
            let got = read(&stage.broker, stream, 30, DEADLINE);
            assert!(got.iter().all(|one| one.key.as_deref() == Some(b"")));
            partitions(&got).len()
        };
        let [dead, retried] = &side;
        assert_eq!(lies_on(dead), 1, "{mode:?}");
        if mode.is_empty() {
            assert_eq!(lies_on(retried), 1);
        }
        ends_in_order(&worker);
    }
}

#[test]
fn an_empty_key_keeps_its_order_across_lanes() {
    let stage = narrow_in_wide_out();
    let empty = feed_in_order(&stage, Some(""), "empty", 200);
    let worker = stage.start("lanes", &["--quiet"]);
    let got = of_key(&stage.read(200), Some(""));
    let in_order: Vec<String> = got.iter().map(text).collect();
    assert_eq!(in_order, empty);
    ends_in_order(&worker);
}

/// The places are those that Java's client has for these keys.
#[test]
fn one_setting_puts_keys_where_java_puts_them() {
    let java = [("", 1), ("a", 4), ("abc", 7), ("kafka", 0), ("ES", 8)];
    let stage = narrow_in_wide_out();
    let pairs = java.map(|(key, _)| (key.to_owned(), format!("key {key}")));
    stage.feed_keyed(&pairs);
    let setting = ["--kafka", "partitioner=murmur2_random"];
    let worker = stage.start("worker", &setting);
    let got = stage.read(java.len());
    for (key, partition) in java {
        let places = partitions(&of_key(&got, Some(key)));
        assert_eq!(places, BTreeSet::from([partition]), "key `{key}`");
    }
    ends_in_order(&worker);
    assert_eq!(worker.loud(), [""; 0]);
}
