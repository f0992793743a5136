//! Every flag of a running micromodule has an effect that can be seen.

use std::time::Duration;

use catenae_tests::{
    Child, DEADLINE, Signal, TestBroker, committed, eventually, feed, length, unique,
};

use crate::stage::{Stage, ends_in_order, exits, holds_for, numbered, within};

/// The texts that a leaf printed, in order.
fn order(child: &Child) -> Vec<String> {
    let lines = child.lines().into_iter();
    lines
        .filter_map(|line| line.strip_prefix("did ").map(str::to_owned))
        .collect()
}

fn put(stage: &Stage, stream: &str, lines: &[String]) {
    let rows = lines.iter().map(|line| (None, Some(line.as_bytes())));
    feed(&stage.broker, stream, rows);
}

#[test]
fn an_unreachable_broker_is_named_within_seconds() {
    let stage = Stage::bare(TestBroker::start());
    within("giving up", Duration::from_secs(9), || {
        let worker = stage.start("worker", &["-k", "127.0.0.1:1"]);
        exits(&worker, 1);
        worker.line("no Kafka broker answers at `127.0.0.1:1`", DEADLINE);
        worker.line("-k host:port", DEADLINE);
        worker.line("docker run", DEADLINE);
    });
}

#[test]
fn wrong_options_are_status_2_and_named() {
    let stage = Stage::bare(TestBroker::start());
    let check = |more: &[&str], expected: &str| {
        let worker = stage.start("worker", more);
        exits(&worker, 2);
        worker.line(expected, DEADLINE);
    };
    check(&["--no-such-flag"], "--no-such-flag");
    check(&["--input-mode", "fair"], "fair");
    check(&["--partitions", "0"], "0");
    check(&["--kafka", "acks=1"], "acks");
    check(&["--kafka", "no pair"], "--kafka");
    check(&["-i", "not/a/name"], "not/a/name");
    check(&["--consumer-timeout", "-1"], "-1");
    check(&["--retry", "5"], "max=5");
    check(&["extra"], "unexpected word `extra`");
    check(
        &["-k", "ssl://kafka:9093"],
        "write `kafka:9093`, and `--kafka security.protocol=ssl`",
    );
    let both = [
        "--kafka",
        "group.protocol=consumer",
        "--kafka",
        "session.timeout.ms=9000",
    ];
    check(
        &both,
        "`session.timeout.ms` and `group.protocol=consumer` exclude each other",
    );
    check(
        &["--sync", "--delivery", "exactly-once"],
        "`--delivery exactly-once` and `--sync` exclude each other",
    );
}

#[test]
fn a_setting_that_librdkafka_does_not_know_is_named() {
    let stage = Stage::bare(TestBroker::start());
    let worker = stage.start("worker", &["--kafka", "no.such.setting=1"]);
    exits(&worker, 2);
    worker.line("no.such.setting", DEADLINE);
}

#[test]
fn missing_streams_are_created_with_the_asked_partitions_or_named() {
    let stage = Stage::bare(TestBroker::start());
    let worker = stage.start("worker", &["--partitions", "3"]);
    if let TestBroker::Embedded(_) = &stage.broker {
        // From another process the embedded broker cannot be asked to.
        exits(&worker, 1);
        worker.line(&stage.input, DEADLINE);
        return;
    }
    worker.line("assigned: ", DEADLINE);
    worker.line("[0 1 2]", DEADLINE);
    put(&stage, &stage.input, &numbered("line", 10));
    assert_eq!(stage.lines(10), numbered("line", 10));
    // A broker with one node cannot keep three copies.
    let other = Stage::bare(TestBroker::start());
    let wrong = other.start("worker", &["-i", "wrong name"]);
    exits(&wrong, 2);
}

#[test]
fn groups_uids_and_logs_are_as_told() {
    let stage = Stage::new(1);
    stage.feed(numbered("line", 20));
    // Two groups of their own: both get everything, and the uid is in every line.
    let leaves: Vec<Child> = ["one", "two"]
        .iter()
        .map(|uid| stage.start_alone("leaf", &["--uid", uid, "--random-consumer-group"]))
        .collect();
    for (leaf, uid) in leaves.iter().zip(["one", "two"]) {
        leaf.line(
            &format!("{} 0 19 line-000019 by {uid}", stage.input),
            DEADLINE,
        );
        leaf.line(&format!("leaf/{uid}"), DEADLINE);
        leaf.line(&format!("group catenae_{uid}"), DEADLINE);
    }
    let quiet = stage.start_leaf("leaf", &["--log-level", "error"]);
    quiet.line("did line-000019", DEADLINE);
    ends_in_order(&quiet);
    assert!(
        !quiet.lines().iter().any(|line| line.contains("INFO")),
        "{:?}",
        quiet.lines()
    );
    let group = unique("group");
    let json = stage.start_leaf(
        "leaf",
        &["--log-format", "json", "--log-level", "debug", "-g", &group],
    );
    json.line("did line-000019", DEADLINE);
    let line = json.line("running on", DEADLINE);
    assert!(
        line.starts_with('{') && line.ends_with('}') && line.contains("\"leaf\""),
        "{line}"
    );
    json.line("consumer_timeout", DEADLINE);
}

#[test]
fn the_environment_is_read_and_a_flag_wins() {
    let stage = Stage::new(1);
    stage.feed(["line"]);
    let mut command = stage.middle("worker", &["--uid", "flag"]);
    command
        .env("CATENAE_UID", "environment")
        .env("CATENAE_LOG_FORMAT", "json");
    let worker = Child::spawn(command);
    worker.line("did line", DEADLINE);
    let line = worker.line("running on", DEADLINE);
    assert!(line.starts_with('{') && line.contains("flag"), "{line}");
}

#[test]
fn kafka_settings_reach_librdkafka() {
    let stage = Stage::new(1);
    let more = [
        "--kafka",
        "debug=cgrp",
        "--log-level",
        "info,librdkafka=debug",
    ];
    let worker = stage.start("worker", &more);
    // In librdkafka's own words, of which there are none without `debug`.
    worker.line("librdkafka: CGRPSTATE", DEADLINE);
    let joins = worker.line("librdkafka: JOIN", DEADLINE);
    assert!(joins.contains("DEBUG"), "{joins}");
}

#[test]
fn sync_commits_each_electron_before_the_next() {
    let stage = Stage::new(2);
    let gate = stage.gate();
    stage.feed(numbered("line", 30));
    // No automatic commit helps.
    let more = [
        "--sync",
        "--hold",
        "line-000020",
        "--gate",
        &gate,
        "--kafka",
        "auto.commit.interval.ms=1000000",
    ];
    let worker = stage.start("worker", &more);
    worker.line("holding", DEADLINE);
    let took = worker
        .lines()
        .iter()
        .filter(|line| line.starts_with("took "))
        .count();
    assert_eq!(stage.committed(), i64::try_from(took).unwrap() - 1);
    assert_eq!(length(&stage.broker, &stage.output), stage.committed());
    worker.signal(Signal::Kill);
    let _ = worker.end(DEADLINE);
    stage.open_gate();
    let _again = stage.start("worker", &["--sync"]);
    stage.await_committed(30);
    assert_eq!(stage.lines(30), numbered("line", 30));
}

#[test]
fn seq_runs_one_electron_at_a_time_also_on_lanes() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    let pairs: Vec<(String, String)> = (0..100)
        .map(|n| (format!("k{}", n % 16), format!("{n:06}")))
        .collect();
    stage.feed_keyed(&pairs);
    let probe = stage.start("lanes", &["--seq", "--hold", "000050", "--gate", &gate]);
    probe.line("holding", DEADLINE);
    stage.await_committed(50);
    holds_for("no other lane goes on", Duration::from_millis(500), || {
        order(&probe).len() == 50
    });
    stage.open_gate();
    stage.await_committed(100);
    let values: Vec<String> = pairs.into_iter().map(|(_, value)| value).collect();
    assert_eq!(order(&probe), values);
    let got: Vec<String> = stage.read(100).iter().map(crate::stage::text).collect();
    assert_eq!(got, values);
}

/// What two inputs gave in which order, `a-…` the first and `b-…` the second, each electron a
/// millisecond of work, after a start with both waiting. The first of `a` is work for 300.
fn served(mode: &[&str], count: usize) -> Vec<String> {
    let stage = Stage::new(1);
    let second = unique("second");
    stage.broker.create(&second, 1);
    let gate = stage.gate();
    let inputs = format!("{},{second}", stage.input);
    let client_log = [
        "--kafka",
        "debug=fetch",
        "--log-level",
        "info,librdkafka=debug",
    ];
    let more = [
        "-i", &inputs, "--hold", "hold", "--gate", &gate, "--work", "1",
    ];
    let leaf = stage.start_leaf("leaf", &[&more[..], &client_log[..], mode].concat());
    leaf.line("assigned: ", DEADLINE);
    // Both queues fill behind this one.
    stage.feed(["hold"]);
    leaf.line("holding", DEADLINE);
    let mut first = numbered("a", count);
    first[0].push_str(" slow");
    put(&stage, &stage.input, &first);
    put(&stage, &second, &numbered("b", count));
    // How far the client has read ahead is in its own log.
    for (stream, end) in [(&stage.input, count + 1), (&second, count)] {
        leaf.line(
            &format!("Fetch topic {stream} [0] at offset {end} "),
            DEADLINE,
        );
    }
    stage.open_gate();
    eventually("all are handled", DEADLINE, || {
        (order(&leaf).len() > 2 * count).then_some(())
    });
    order(&leaf).split_off(1)
}

/// How many of `a` are among `texts`.
fn of_a(texts: &[String]) -> usize {
    texts.iter().filter(|text| text.starts_with('a')).count()
}

#[test]
fn input_modes_serve_by_their_shares() {
    let check = |mode: &[&str],
                 among: std::ops::Range<usize>,
                 expected: std::ops::RangeInclusive<usize>| {
        let order = served(mode, 700);
        let a = of_a(&order[among.clone()]);
        assert!(expected.contains(&a), "{mode:?}: {a} of {among:?}");
    };
    check(&["--input-mode", "strict"], 0..700, 700..=700);
    // A tenth of the time goes to the other, also of the 300 ms of the first.
    let reserve = ["--input-mode", "strict", "--reserve", "10%"];
    check(&reserve, 0..500, 400..=485);
    // The 300 ms of its first are made up for by 300 of the other, then they take turns. On a busy
    // machine a millisecond of work takes longer, so fewer make up for it; forgiven it would be 125.
    check(&["--input-mode", "parity"], 0..250, 0..=80);
    check(&["--input-mode", "parity"], 500..900, 150..=250);
    // 176 of the other, or fewer, then 63 of 100; forgiven it would be 95.
    check(&["--input-mode", "exp"], 0..150, 0..=55);
    check(&["--input-mode", "exp"], 400..600, 100..=150);
    // A short window forgives the debt soon.
    check(
        &["--input-mode", "exp", "--exp-window-size", "0.02"],
        0..150,
        60..=120,
    );
}

#[test]
fn a_consumer_that_stands_still_is_alive_and_a_dead_one_is_missed() {
    // `--consumer-timeout` bounds how long the partitions of a killed instance stay unread.
    let stage = Stage::new(1);
    let first = stage.start("worker", &["--consumer-timeout", "6"]);
    first.line("assigned: ", DEADLINE);
    first.signal(Signal::Kill);
    let _ = first.end(DEADLINE);
    stage.feed(["line"]);
    within("taking over", Duration::from_secs(15), || {
        let _second = stage.start("worker", &["--consumer-timeout", "6"]);
        eventually("it is handled", DEADLINE, || {
            let done = committed(&stage.broker, &stage.group, &stage.input);
            (done.values().sum::<i64>() == 1).then_some(())
        });
    });
}
