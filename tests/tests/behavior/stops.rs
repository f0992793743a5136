//! Every way to be stopped, in every mode: in time, with the right status, and with nothing lost.

use std::time::Duration;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, eventually, read_committed};

use crate::stage::{Stage, exits, numbered, own_stage, same, text, within};

/// What container engines wait before they kill.
const IN_TIME: Duration = Duration::from_secs(10);

/// A test per mode of delivery, each with its flags; transactions need Apache Kafka.
macro_rules! in_each_mode {
    ($name:ident, $case:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn at_least_once() {
                run(&[], $case);
            }

            #[test]
            fn sync() {
                run(&["--sync"], $case);
            }

            #[test]
            #[ignore = "needs Apache Kafka"]
            fn exactly_once() {
                TestBroker::require_kafka();
                run(&["--delivery", "exactly-once"], $case);
            }
        }
    };
}

fn run(mode: &[&str], case: impl FnOnce(&[&str])) {
    case(mode);
}

/// Asks it to stop: it must end in time, with this status.
#[track_caller]
fn stops(child: &Child, status: i32) {
    within("a stop", IN_TIME, || {
        child.signal(Signal::Terminate);
        exits(child, status);
    });
}

/// A session that is far from over by the deadline of a test: who takes over before has found that
/// the group was left. (The embedded broker makes a group wait for it at every change.)
fn patient(broker: &TestBroker) -> &'static [&'static str] {
    match broker {
        TestBroker::Embedded(_) => &[],
        TestBroker::Kafka(_) => &["--kafka", "session.timeout.ms=120000"],
    }
}

/// Starts a middle link that would keep its place in the group for long.
fn start(stage: &Stage, probe: &str, orders: &[&[&str]]) -> Child {
    let orders = [patient(&stage.broker), &orders.concat()].concat();
    stage.start(probe, &orders)
}

/// All different lines that a reader of committed electrons sees, once there are at least `count`.
#[track_caller]
fn seen(stage: &Stage, count: usize) -> Vec<String> {
    // The mark at the end of a transaction may still be on its way.
    eventually(&format!("{count} lines are seen"), DEADLINE, || {
        let read = read_committed(&stage.broker, &stage.output);
        let mut lines: Vec<String> = read.iter().map(text).collect();
        lines.sort();
        lines.dedup();
        (lines.len() >= count).then_some(lines)
    })
}

/// Another instance takes over at once, and then all `lines` are on the output.
#[track_caller]
fn recovers(stage: &Stage, mode: &[&str], lines: &[String]) {
    let next = stage.start("worker", &[mode, &["--quiet"]].concat());
    stage.await_committed(i64::try_from(lines.len()).expect("few"));
    same(&seen(stage, lines.len()), lines);
    drop(next);
}

in_each_mode!(when_idle, |mode| {
    let stage = Stage::new(2);
    let lines = numbered("line", 20);
    stage.feed(&lines);
    let worker = start(&stage, "worker", &[mode]);
    stage.await_committed(20);
    stops(&worker, 0);
    let more = numbered("more", 20);
    stage.feed(&more);
    recovers(&stage, mode, &[lines, more].concat());
});

in_each_mode!(under_load, |mode| {
    let stage = Stage::new(2);
    // One commit per electron takes its time.
    let (count, some) = if mode.contains(&"--sync") {
        (600, 20)
    } else {
        (30_000, 1000)
    };
    let lines = numbered("line", count);
    stage.feed(&lines);
    let worker = start(&stage, "worker", &[mode, &["--quiet"]]);
    stage.await_output(some);
    stops(&worker, 0);
    recovers(&stage, mode, &lines);
});

in_each_mode!(while_a_function_hangs, |mode| {
    let stage = Stage::new(2);
    let gate = stage.gate();
    let lines = numbered("line", 20);
    stage.feed(&lines);
    let hold = ["--hold", "line-000005", "--gate", &gate];
    let worker = start(&stage, "worker", &[mode, &hold]);
    worker.line("holding", DEADLINE);
    stops(&worker, 1);
    worker.line("the electron in hand is not finished: stream ", DEADLINE);
    recovers(&stage, mode, &lines);
});

in_each_mode!(while_finish_hangs, |mode| {
    let stage = Stage::new(2);
    let lines = numbered("line", 20);
    stage.feed(&lines);
    let keeper = start(&stage, "keeper", &[mode, &["--trouble", "finish-hang"]]);
    stage.await_committed(20);
    keeper.signal(Signal::Terminate);
    keeper.line("hanging in finish", DEADLINE);
    within("a stop", IN_TIME, || exits(&keeper, 1));
    let more = numbered("more", 20);
    stage.feed(&more);
    // The keeper passes nothing on but its total, which a transaction leaves out; and what it
    // settled stays settled.
    let next = stage.start("worker", &[mode, &["--quiet"]].concat());
    stage.await_committed(40);
    let mut got = seen(&stage, 20);
    got.retain(|line| line != "total 20");
    same(&got, &more);
    drop(next);
});

#[test]
fn while_setup_hangs() {
    let stage = Stage::new(1);
    let lines = numbered("line", 5);
    stage.feed(&lines);
    let keeper = start(&stage, "keeper", &[&["--trouble", "setup-hang"]]);
    keeper.line("hanging in setup", DEADLINE);
    stops(&keeper, 1);
    recovers(&stage, &[], &lines);
}

#[test]
fn before_it_has_read_its_command_line() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    let keeper = stage.start("keeper", &["--after", &gate]);
    keeper.line("waiting for the file", DEADLINE);
    stops(&keeper, 0);
}

#[test]
fn while_the_first_question_finds_no_broker() {
    let (own, stage) = own_stage();
    own.pause();
    let worker = stage.start("worker", &["--log-level", "debug"]);
    // Before it runs a signal ends it without a word.
    worker.line("asking Kafka for the streams", DEADLINE);
    stops(&worker, 0);
    worker.line("stopped before it began", DEADLINE);
    own.resume();
}

in_each_mode!(with_outputs_under_way_and_no_broker, |mode| {
    let (own, stage) = own_stage();
    let gate = stage.gate();
    let lines = numbered("line", 40);
    stage.feed(&lines);
    let hold = ["--hold", "line-000010", "--gate", &gate];
    let worker = stage.start("worker", &[mode, &hold].concat());
    worker.line("holding", DEADLINE);
    own.pause();
    stage.open_gate();
    worker.line("did line-000010", DEADLINE);
    stops(&worker, 1);
    own.resume();
    recovers(&stage, mode, &lines);
});

in_each_mode!(idle_without_a_broker, |mode| {
    let (own, stage) = own_stage();
    let lines = numbered("line", 20);
    stage.feed(&lines);
    let worker = stage.start("worker", mode);
    stage.await_committed(20);
    own.pause();
    within("a stop", IN_TIME, || {
        worker.signal(Signal::Terminate);
        let _ = worker.end(DEADLINE);
    });
    own.resume();
    recovers(&stage, mode, &lines);
});

#[test]
fn a_source_that_waits_for_room() {
    let (own, stage) = own_stage();
    let orders = ["--numbers", "1000000000", "--stall-timeout", "1"];
    let source = stage.start_source("numbers", &orders);
    stage.await_output(1000);
    own.pause();
    source.line("the source has been stalled for ", DEADLINE);
    stops(&source, 1);
    // Whichever comes first on a busy machine: the end of the flush, or the deadline.
    let said = source.lines().into_iter().filter(|line| {
        line.contains("electrons were not delivered before the deadline")
            || line.contains("the shutdown took longer than")
    });
    assert!(said.count() > 0, "{:#?}", source.lines());
    own.resume();
}

in_each_mode!(while_others_join, |mode| {
    let stage = Stage::new(4);
    let lines = numbered("line", 600);
    stage.feed(&lines);
    let orders: [&[&str]; 2] = [mode, &["--quiet", "--work", "1"]];
    let first = start(&stage, "worker", &orders);
    stage.await_output(20);
    let others = [
        start(&stage, "worker", &orders),
        start(&stage, "worker", &orders),
    ];
    others[0].line("running on", DEADLINE);
    stops(&first, 0);
    stops(&others[0], 0);
    stops(&others[1], 0);
    recovers(&stage, mode, &lines);
});

#[test]
fn while_it_joins() {
    let stage = Stage::new(4);
    let lines = numbered("line", 20);
    stage.feed(&lines);
    // It hears of the other one late, and the group waits for that: longer than a request to leave
    // waits for its answer.
    let deaf: &[&str] = match stage.broker {
        TestBroker::Embedded(_) => &[],
        TestBroker::Kafka(_) => &["--kafka", "heartbeat.interval.ms=6500"],
    };
    let first = start(&stage, "worker", &[deaf]);
    stage.await_committed(20);
    let talk = [
        "--log-level",
        "info,librdkafka=debug",
        "--kafka",
        "debug=cgrp",
    ];
    let second = start(&stage, "worker", &[&talk]);
    second.line("-> wait-join", DEADLINE);
    stops(&second, 0);
    let more = numbered("more", 20);
    stage.feed(&more);
    // The group waits for nobody who is gone.
    within("the first one goes on", IN_TIME, || {
        stage.await_committed(40)
    });
    stops(&first, 0);
    same(&seen(&stage, 40), &[lines, more].concat());
}

// One more than there are partitions: what its client does not say by itself is that it leaves.
in_each_mode!(with_no_partition_for_it, |mode| {
    let stage = Stage::new(1);
    let lines = numbered("line", 20);
    let first = start(&stage, "worker", &[mode]);
    first.line("assigned: in", DEADLINE);
    let second = start(&stage, "worker", &[mode]);
    second.line("assigned: no partitions", DEADLINE);
    stops(&second, 0);
    stops(&first, 0);
    stage.feed(&lines);
    recovers(&stage, mode, &lines);
});

in_each_mode!(while_an_electron_waits_for_its_retry, |mode| {
    for waiting in ["max=3,backoff=60s..60s", "max=3,backoff=60s..60s,park"] {
        // Keys that wait beside the lane go with the default mode only.
        if !mode.is_empty() && waiting.ends_with("park") {
            continue;
        }
        let stage = Stage::new(2);
        let lines = numbered("line", 20);
        stage.feed(&lines);
        let orders = ["--retry", waiting, "--fail", "line-000005"];
        let worker = start(&stage, "worker", &[mode, &orders]);
        worker.line("attempt 1 failed", DEADLINE);
        stops(&worker, 0);
        recovers(&stage, mode, &lines);
    }
});
