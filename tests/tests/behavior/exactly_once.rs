//! Exactly once, on Apache Kafka: what a reader of committed electrons sees is neither lost nor
//! repeated, whatever happens to the instances and to the broker.

use std::time::{Duration, Instant};

use catenae_tests::{
    Child, DEADLINE, OwnBroker, Received, Signal, TestBroker, eventually, read_committed, unique,
};

use crate::stage::{Stage, ends_in_order, exits, numbered, probe_path, same, text, within};

/// For what waits until Kafka gives a transaction up: it looks for such ones every ten seconds.
const PATIENCE: Duration = Duration::from_secs(120);

const EXACTLY: [&str; 3] = ["--quiet", "--delivery", "exactly-once"];

fn start(stage: &Stage, probe: &str, more: &[&str]) -> Child {
    stage.start(probe, &[&EXACTLY, more].concat())
}

/// The values that a reader of committed electrons sees, sorted.
fn seen(stage: &Stage) -> Vec<String> {
    let read = read_committed(&stage.broker, &stage.output);
    let mut lines: Vec<String> = read.iter().map(text).collect();
    lines.sort();
    lines
}

/// Waits until everything is committed, and compares what is there with what must be.
#[track_caller]
fn settles(stage: &Stage, inputs: usize, expected: &[String]) {
    eventually("every input is committed", PATIENCE, || {
        (stage.committed() == inputs as i64).then_some(())
    });
    // The marker of the last transaction may still be on its way to a partition.
    let there = eventually("every output took effect", DEADLINE, || {
        let lines = seen(stage);
        (lines.len() >= expected.len()).then_some(lines)
    });
    same(&there, expected);
}

/// What `probe-spread` makes of these lines, sorted.
fn spread(lines: &[String]) -> Vec<String> {
    let sent = lines.iter().filter(|line| !line.starts_with("none"));
    let mut spread: Vec<String> = sent
        .flat_map(|line| (0..3).map(move |n| format!("{line}-{n}")))
        .collect();
    spread.sort();
    spread
}

#[test]
#[ignore = "needs Apache Kafka"]
fn killed_instances_lose_and_repeat_nothing() {
    let stage = Stage::kafka(4);
    let lines = numbered("line", 20_000);
    stage.feed(&lines);
    let start = |uid: &str| {
        let options = ["--kafka", "transaction.timeout.ms=6000", "--uid", uid];
        start(&stage, "spread", &options)
    };
    for round in 0..6 {
        let before = seen(&stage).len();
        // With a uid of its own that it keeps, and with one that is new each time.
        let new = format!("new-{round}");
        let victims = [start("kept"), start(&new)];
        eventually("it goes on", PATIENCE, || {
            let there = seen(&stage).len();
            (there > before + 300 || there == 60_000).then_some(())
        });
        victims[round % 2].signal(Signal::Kill);
        victims[(round + 1) % 2].signal(Signal::Kill);
    }
    let _last = start("kept");
    settles(&stage, 20_000, &spread(&lines));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn changes_under_load_lose_and_repeat_nothing() {
    let stage = Stage::kafka(8);
    let lines = numbered("line", 12_000);
    stage.feed(&lines);
    let first = start(&stage, "worker", &["--work", "1"]);
    stage.await_output(500);
    let second = start(&stage, "worker", &["--work", "1"]);
    let third = start(&stage, "worker", &["--work", "1"]);
    second.line("assigned: ", DEADLINE);
    third.line("assigned: ", DEADLINE);
    ends_in_order(&first);
    second.signal(Signal::Interrupt);
    exits(&second, 0);
    settles(&stage, 12_000, &lines);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_is_in_hand_when_its_partition_goes_takes_effect_once() {
    let stage = Stage::kafka(1);
    let lines = numbered("line", 40);
    stage.feed(&lines);
    let gate = stage.gate();
    let orders = ["--hold", &lines[20], "--gate", &gate];
    let first = start(&stage, "spread", &orders);
    first.line("holding", DEADLINE);
    settles(&stage, 20, &spread(&lines[..20]));
    // The group gives it up, and another one takes the electron in hand as well.
    first.signal(Signal::Stop);
    let second = start(&stage, "spread", &orders);
    second.line("holding", PATIENCE);
    first.signal(Signal::Continue);
    first.line("lost: ", PATIENCE);
    stage.open_gate();
    settles(&stage, 40, &spread(&lines));
    ends_in_order(&first);
    settles(&stage, 40, &spread(&lines));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_sends_nothing_is_committed_as_well() {
    let stage = Stage::kafka(2);
    let mut lines = numbered("none", 500);
    stage.feed(&lines);
    let worker = start(&stage, "spread", &[]);
    settles(&stage, 500, &[]);
    let more = numbered("some", 10);
    stage.feed(&more);
    lines.extend(more);
    settles(&stage, 510, &spread(&lines));
    ends_in_order(&worker);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_failed_electron_leaves_nothing_behind() {
    let stage = Stage::kafka(1);
    let lines = numbered("line", 60);
    stage.feed(&lines);
    for order in ["--fail", "--panic"] {
        let worker = start(&stage, "spread", &[order, &lines[40]]);
        exits(&worker, 1);
        let error = worker.line("error: spread/", DEADLINE);
        assert!(error.contains("partition 0, offset 40"), "{error}");
        // It had sent two of three before it failed.
        settles(&stage, 40, &spread(&lines[..40]));
    }
    let _repaired = start(&stage, "spread", &[]);
    settles(&stage, 60, &spread(&lines));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_long_run_of_a_handler_holds_no_transaction_open() {
    let stage = Stage::kafka(1);
    let lines = numbered("line", 30);
    stage.feed(&lines);
    let gate = stage.gate();
    let orders = ["--hold", &lines[20], "--gate", &gate];
    let worker = start(&stage, "spread", &orders);
    worker.line("holding", DEADLINE);
    settles(&stage, 20, &spread(&lines[..20]));
    stage.open_gate();
    settles(&stage, 30, &spread(&lines));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_clean_stop_commits_what_was_handled() {
    let stage = Stage::kafka(2);
    let lines = numbered("line", 30_000);
    stage.feed(&lines);
    let worker = start(&stage, "worker", &[]);
    stage.await_output(1000);
    within("a stop", Duration::from_secs(8), || {
        ends_in_order(&worker);
    });
    let settled = stage.committed();
    assert_eq!(seen(&stage).len() as i64, settled);
    let _again = start(&stage, "worker", &[]);
    settles(&stage, 30_000, &lines);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_instance_that_was_halted_for_too_long_goes_on_with_a_new_producer() {
    let stage = Stage::kafka(2);
    let lines = numbered("line", 4000);
    stage.feed(&lines[..2000]);
    // Its transaction is open when it is halted: it lasts a second.
    let timeout = [
        "--kafka",
        "transaction.timeout.ms=2000",
        "--commit-interval",
        "1",
    ];
    let options = [&timeout[..], &["--work", "1"]].concat();
    let worker = start(&stage, "worker", &options);
    stage.await_output(500);
    worker.signal(Signal::Stop);
    // Kafka has given the transaction up when readers get past it.
    let halted = Instant::now();
    let length = catenae_tests::length(&stage.broker, &stage.output);
    eventually("Kafka gives it up", PATIENCE, || {
        let marker = catenae_tests::length(&stage.broker, &stage.output) > length;
        (marker || halted.elapsed() > Duration::from_secs(25)).then_some(())
    });
    worker.signal(Signal::Continue);
    stage.feed(&lines[2000..]);
    settles(&stage, 4000, &lines);
    ends_in_order(&worker);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn the_newer_of_two_instances_with_one_uid_goes_on() {
    let stage = Stage::kafka(2);
    let lines = numbered("line", 3000);
    let options = ["--uid", "same", "--work", "1"];
    let older = start(&stage, "worker", &options);
    older.line("assigned: ", DEADLINE);
    stage.feed(&lines[..1500]);
    stage.await_output(200);
    let newer = start(&stage, "worker", &options);
    newer.line("running on", DEADLINE);
    stage.feed(&lines[1500..]);
    older.line(
        "another instance was started with the same `--uid`",
        PATIENCE,
    );
    exits(&older, 1);
    settles(&stage, 3000, &lines);
    ends_in_order(&newer);
}

/// It cannot know whether it was replaced, or only forgotten: either way it ends nobody.
#[test]
#[ignore = "needs Apache Kafka"]
fn an_instance_that_was_halted_for_too_long_leaves_its_uid_to_a_newer_one() {
    let stage = Stage::kafka(2);
    let lines = numbered("line", 3000);
    stage.feed(&lines[..1500]);
    let options = [
        "--uid",
        "same",
        "--kafka",
        "transaction.timeout.ms=2000",
        "--commit-interval",
        "1",
        "--work",
        "1",
    ];
    let older = start(&stage, "worker", &options);
    stage.await_output(500);
    older.signal(Signal::Stop);
    let halted = Instant::now();
    let newer = start(&stage, "worker", &options);
    newer.line("assigned: in", PATIENCE);
    // Its transaction is older than Kafka allows.
    eventually("time passes", PATIENCE, || {
        (halted.elapsed() > Duration::from_secs(4)).then_some(())
    });
    older.signal(Signal::Continue);
    older.line("it gets another transactional id", PATIENCE);
    stage.feed(&lines[1500..]);
    settles(&stage, 3000, &lines);
    for instance in [older, newer] {
        ends_in_order(&instance);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_broker_that_is_away_for_long_repeats_nothing() {
    TestBroker::require_kafka();
    let names = (unique("in"), unique("out"));
    let streams = [(names.0.as_str(), 2), (names.1.as_str(), 2)];
    let own = OwnBroker::start(&probe_path("broker"), &streams);
    let mut stage = Stage::bare(own.broker());
    (stage.input, stage.output) = names.clone();
    let lines = numbered("line", 6000);
    stage.feed(&lines);
    let options = ["--kafka", "transaction.timeout.ms=3000", "--work", "1"];
    let worker = start(&stage, "spread", &options);
    stage.await_output(1000);
    own.pause();
    // Whether it was about to commit is a matter of chance.
    eventually("a transaction fails", PATIENCE, || {
        let fails = [
            "the transaction is aborted",
            "a new producer replaces one",
            "a new producer takes the place",
        ];
        let lines = worker.lines();
        lines
            .iter()
            .any(|line| fails.iter().any(|text| line.contains(text)))
            .then_some(())
    });
    own.resume();
    settles(&stage, 6000, &spread(&lines));
    let twice = |line: &String| line.contains("its state saw");
    assert!(
        !worker.lines().iter().any(twice),
        "a state that saw what was aborted is rebuilt"
    );
    ends_in_order(&worker);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_stop_ends_in_time_without_a_broker() {
    TestBroker::require_kafka();
    let names = (unique("in"), unique("out"));
    let streams = [(names.0.as_str(), 2), (names.1.as_str(), 2)];
    let own = OwnBroker::start(&probe_path("broker"), &streams);
    let mut stage = Stage::bare(own.broker());
    (stage.input, stage.output) = names.clone();
    let lines = numbered("line", 6000);
    stage.feed(&lines);
    let worker = start(&stage, "worker", &["--work", "1"]);
    stage.await_output(500);
    own.pause();
    within("a stop", Duration::from_secs(10), || {
        worker.signal(Signal::Terminate);
        // 0 when the last transaction was answered just before.
        let status = worker.end(DEADLINE);
        assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    });
    own.resume();
    let _again = start(&stage, "worker", &[]);
    settles(&stage, 6000, &lines);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_it_cannot_keep_is_refused_at_the_start() {
    let refused = |child: &Child| {
        exits(child, 2);
        child.line("exactly-once", DEADLINE);
    };
    let exactly = ["--delivery", "exactly-once"];
    let stage = Stage::new(1);
    if let TestBroker::Embedded(_) = &stage.broker {
        return;
    }
    let uncommitted = ["--kafka", "isolation.level=read_uncommitted"];
    let short = ["--kafka", "transaction.timeout.ms=150"];
    for more in [&["--sync"][..], &uncommitted, &short] {
        refused(&stage.start("worker", &[&exactly, more].concat()));
    }
    refused(&stage.start_leaf("leaf", &exactly));
    refused(&stage.start_source("numbers", &exactly));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn keys_and_headers_go_through_a_transaction() {
    let stage = Stage::kafka(4);
    let pairs: Vec<(String, String)> = (0..200)
        .map(|n| (format!("key {}", n % 7), format!("line-{n:06}")))
        .collect();
    stage.feed_keyed(&pairs);
    let _worker = start(&stage, "worker", &[]);
    stage.await_committed(200);
    let there = eventually("all took effect", DEADLINE, || {
        let there = read_committed(&stage.broker, &stage.output);
        (there.len() == 200).then_some(there)
    });
    let of = |key: &str, received: &[Received]| -> Vec<String> {
        let mine = received
            .iter()
            .filter(|one| one.key.as_deref() == Some(key.as_bytes()));
        mine.map(text).collect()
    };
    for n in 0..7 {
        let key = format!("key {n}");
        let sent: Vec<String> = pairs
            .iter()
            .filter(|(other, _)| *other == key)
            .map(|(_, line)| line.clone())
            .collect();
        assert_eq!(of(&key, &there), sent);
    }
}
