//! Parking: a key that failed waits with its followers, in order, and other keys go on.

use std::collections::BTreeMap;

use catenae_tests::{DEADLINE, eventually};

use super::{dead_letters, stage_for};
use crate::stage::{Stage, ends_in_order, text};

/// `count` electrons of each key in turn; those of key `bad` have this text in front.
fn in_turn(count: usize, keys: &[&str], bad: &str, order: &str) -> Vec<(String, String)> {
    (0..count)
        .flat_map(|n| {
            keys.iter().map(move |key| {
                let order = if *key == bad { order } else { "ok" };
                ((*key).to_owned(), format!("{order} * {key} {n:03}"))
            })
        })
        .collect()
}

/// What came out of each key, in order.
fn by_key(stage: &Stage, count: usize) -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in stage.read(count) {
        let key = String::from_utf8(one.key.clone().expect("a key")).expect("UTF-8");
        keys.entry(key).or_default().push(text(&one));
    }
    keys
}

#[test]
fn a_parked_key_keeps_its_order_while_others_go_on() {
    let stage = stage_for("flaky", 2);
    let keys = ["a", "b", "c", "d"];
    let fed = in_turn(50, &keys, "b", "gate");
    stage.feed_keyed(&fed);
    let (gate, retry) = (stage.gate(), ["--retry", "max=1000,backoff=5ms..20ms,park"]);
    let flaky = stage.start("flaky", &[&retry, &["--gate", &gate][..]].concat());
    // All others are through while the first of `b` is tried again and again.
    stage.await_output(150);
    flaky.line("attempt 3 at gate * b 000", DEADLINE);
    assert_eq!(by_key(&stage, 150).get("b"), None);
    let tried = |n: &str| flaky.printed().iter().any(|line| line.contains(n));
    assert!(!tried("gate * b 001"), "a follower waits behind the first");
    stage.open_gate();
    stage.await_committed(200);
    let out = by_key(&stage, 200);
    for key in keys {
        let expected: Vec<&String> = fed
            .iter()
            .filter(|(one, _)| one == key)
            .map(|(_, line)| line)
            .collect();
        assert_eq!(out[key].iter().collect::<Vec<_>>(), expected, "{key}");
    }
}

#[test]
fn what_is_given_up_after_parking_lets_its_followers_go() {
    let stage = stage_for("flaky", 1);
    let pairs = ["err 99 a", "ok a 1", "panic 99 a", "ok a 2", "ok a 3"];
    let fed: Vec<(String, String)> = pairs
        .iter()
        .flat_map(|line| {
            let other = (
                "b".to_owned(),
                line.replace("err 99", "ok").replace("panic 99", "ok"),
            );
            [("a".to_owned(), (*line).to_owned()), other]
        })
        .collect();
    stage.feed_keyed(&fed);
    let orders = [
        "--retry",
        "max=3,backoff=5ms,park",
        "--on-error",
        "handler=dead_letter,panic=skip",
    ];
    let flaky = stage.start("flaky", &orders);
    stage.await_committed(10);
    let out = by_key(&stage, 8);
    assert_eq!(out["a"], ["ok a 1", "ok a 2", "ok a 3"]);
    assert_eq!(out["b"].len(), 5);
    let letters = dead_letters(&stage, "flaky", 1);
    assert_eq!(letters[0].header("catenae.attempt"), "4");
    assert_eq!(letters[0].text(), "err 99 a");
    flaky.line("skipped after 4 attempts", DEADLINE);
}

#[test]
fn electrons_without_a_key_are_parked_alone() {
    let stage = stage_for("flaky", 1);
    stage.feed(["gate 1", "ok 1", "gate 2", "ok 2"]);
    let gate = stage.gate();
    let retry = [
        "--retry",
        "max=1000,backoff=5ms..20ms,park",
        "--gate",
        &gate,
    ];
    let _flaky = stage.start("flaky", &retry);
    assert_eq!(stage.lines(2), ["ok 1", "ok 2"]);
    assert_eq!(stage.committed(), 0, "the first one is not settled");
    stage.open_gate();
    stage.await_committed(4);
    assert_eq!(stage.lines(4), ["gate 1", "gate 2", "ok 1", "ok 2"]);
}

#[test]
fn what_is_parked_at_the_end_is_read_again() {
    let stage = stage_for("flaky", 1);
    stage.feed_keyed(&in_turn(20, &["a", "b"], "a", "gate"));
    let (gate, retry) = (stage.gate(), ["--retry", "max=5,backoff=1h,park"]);
    let flaky = stage.start("flaky", &[&retry, &["--gate", &gate][..]].concat());
    stage.await_output(20);
    ends_in_order(&flaky);
    flaky.line(
        "20 electrons that were waiting for a retry, or behind an electron that was",
        DEADLINE,
    );
    assert_eq!(stage.committed(), 0);
    stage.open_gate();
    let _again = stage.start("flaky", &["--gate", &gate]);
    stage.await_committed(40);
    let mut out = by_key(&stage, 60);
    assert_eq!(out.remove("a").map(|lines| lines.len()), Some(20));
    assert_eq!(
        out.remove("b").map(|lines| lines.len()),
        Some(40),
        "handled again"
    );
}

#[test]
fn what_is_parked_goes_with_its_partition() {
    let stage = stage_for("flaky", 8);
    let keys: Vec<String> = (0..8).map(|n| format!("key {n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let fed: Vec<(String, String)> = in_turn(10, &keys, "", "")
        .into_iter()
        .map(|(key, line)| (key, line.replace("ok", "gate")))
        .collect();
    stage.feed_keyed(&fed);
    let gate = stage.gate();
    let first = stage.start(
        "flaky",
        &["--retry", "max=5,backoff=1h,park", "--gate", &gate],
    );
    // In any order. The last of them may look for the gate when it is open, the others have found it closed.
    for key in &keys {
        first.line(&format!("attempt 1 at gate * {key} 000"), DEADLINE);
    }
    stage.open_gate();
    let second = stage.start("flaky", &["--gate", &gate]);
    let handled = |key: &str| second.printed().iter().any(|line| line.contains(key));
    eventually(
        "the second one has some of the partitions",
        DEADLINE,
        || keys.iter().any(|key| handled(key)).then_some(()),
    );
    ends_in_order(&first);
    stage.await_committed(80);
    let out = by_key(&stage, 80);
    for key in keys {
        assert!(out[key].is_sorted(), "{key}: {:?}", out[key]);
    }
}

#[test]
fn a_full_lot_takes_nothing_more() {
    let stage = stage_for("flaky", 1);
    // More than the lot holds (4096) and the inbox behind it (2048).
    let fed: Vec<(String, String)> = (0..9000)
        .map(|n| ("a".to_owned(), format!("gate * {n:05}")))
        .collect();
    stage.feed_keyed(&fed);
    let gate = stage.gate();
    let retry = ["--retry", "max=1000,backoff=50ms,park", "--gate", &gate];
    let flaky = stage.start("flaky", &retry);
    flaky.line("attempt 5 at gate * 00000", DEADLINE);
    stage.feed_keyed(&[("b".to_owned(), "ok b".to_owned())]);
    flaky.line("attempt 10 at gate * 00000", DEADLINE);
    assert_eq!(catenae_tests::length(&stage.broker, &stage.output), 0);
    stage.open_gate();
    stage.await_committed(9001);
    let out = by_key(&stage, 9001);
    assert!(out["a"].is_sorted());
    assert_eq!(out["a"].len(), 9000);
}
