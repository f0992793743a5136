//! Several instances of one link: they share the work, come, go, and die.

use std::time::Duration;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, eventually};

use crate::stage::{Stage, ends_in_order, exits, holds_for, numbered, same, within};

/// Waits until an instance has said that partitions are its own; returns its last word on that.
#[track_caller]
fn assigned(child: &Child) -> String {
    eventually("it owns partitions", DEADLINE, || {
        let lines = child.lines();
        lines
            .into_iter()
            .rfind(|line| line.contains("assigned: ") && !line.contains("no partitions"))
    })
}

/// Keys that meet every one of a few partitions.
fn keyed(name: &str, count: usize) -> Vec<(String, String)> {
    let lines = numbered(name, count);
    lines
        .into_iter()
        .enumerate()
        .map(|(n, line)| (format!("key {}", n % 64), line))
        .collect()
}

fn took(child: &Child, name: &str) -> usize {
    let lines = child.lines();
    lines
        .iter()
        .filter(|line| line.starts_with(&format!("took {name}")))
        .count()
}

#[test]
fn instances_share_come_and_go_without_loss_or_repetition() {
    let stage = Stage::new(4);
    // Giving back does not wait for this. (The embedded broker makes a group wait for it at every
    // change, so there it stays short.)
    let patient: &[&str] = match &stage.broker {
        TestBroker::Embedded(_) => &[],
        TestBroker::Kafka(_) => &["--kafka", "session.timeout.ms=30000"],
    };
    let first = stage.start("worker", patient);
    assigned(&first);
    stage.feed_keyed(&keyed("alone", 200));
    stage.await_committed(200);
    assert_eq!(took(&first, "alone"), 200);

    let second = stage.start("worker", patient);
    assigned(&second);
    stage.feed_keyed(&keyed("shared", 400));
    stage.await_committed(600);
    let shares = (took(&first, "shared"), took(&second, "shared"));
    assert_eq!(shares.0 + shares.1, 400, "{shares:?}");
    assert!(shares.0 > 50 && shares.1 > 50, "{shares:?}");

    second.signal(Signal::Terminate);
    within("taking over", Duration::from_secs(12), || {
        stage.feed_keyed(&keyed("left", 200));
        stage.await_committed(800);
    });
    exits(&second, 0);
    let mut expected = numbered("alone", 200);
    expected.extend(numbered("left", 200));
    expected.extend(numbered("shared", 400));
    same(&stage.lines(800), &expected);
}

#[test]
fn changes_under_load_repeat_and_lose_nothing() {
    let stage = Stage::new(8);
    let lines = numbered("line", 12_000);
    stage.feed(&lines);
    // Each instance has many electrons in its queues when partitions move.
    let orders = ["--quiet", "--work", "1"];
    let first = stage.start("worker", &orders);
    stage.await_output(500);
    let second = stage.start("worker", &orders);
    let third = stage.start("worker", &orders);
    assigned(&second);
    assigned(&third);
    let there = stage.await_output(0);
    assert!(there < 11_000, "{there}: too late to see anything");
    ends_in_order(&first);
    second.signal(Signal::Interrupt);
    exits(&second, 0);
    stage.await_committed(12_000);
    let mut got = stage.lines(12_000);
    if let TestBroker::Embedded(_) = &stage.broker {
        // It throws members out that look their offsets up while others join: no loss, but repeats.
        got.dedup();
    }
    same(&got, &lines);
}

#[test]
fn a_partition_that_was_given_back_while_paused_is_read_when_it_returns() {
    let stage = Stage::new(4);
    let gate = stage.gate();
    stage.feed_keyed(&keyed("early", 8000));
    let first = stage.start("worker", &["--quiet", "--hold", "*", "--gate", &gate]);
    first.line("holding", DEADLINE);
    // More is waiting than it takes in: after a second it pauses its partitions.
    holds_for("it waits", Duration::from_secs(2), || {
        first.lines().iter().all(|line| !line.contains("revoked"))
    });
    let second = stage.start("worker", &["--quiet"]);
    assigned(&second);
    stage.open_gate();
    stage.await_committed(8000);
    ends_in_order(&second);
    stage.feed_keyed(&keyed("late", 400));
    stage.await_committed(8400);
}

#[test]
fn others_take_over_from_a_killed_one() {
    let stage = Stage::new(4);
    let gate = stage.gate();
    let lines = numbered("line", 2000);
    let orders = ["--quiet", "--hold", "line-000777", "--gate", &gate];
    let both = [
        stage.start("worker", &orders),
        stage.start("worker", &orders),
    ];
    for child in &both {
        assigned(child);
    }
    stage.feed(&lines);
    let victim = eventually("one holds", DEADLINE, || {
        both.iter()
            .position(|child| child.lines().iter().any(|line| line.starts_with("holding")))
    });
    both[victim].signal(Signal::Kill);
    stage.open_gate();
    stage.await_committed(2000);
    let mut got = stage.lines(2000);
    got.dedup();
    same(&got, &lines);
}

#[test]
fn a_slow_handler_keeps_its_partitions() {
    let stage = Stage::new(2);
    let gate = stage.gate();
    let timeout = Duration::from_secs(7);
    let lines = numbered("line", 400);
    stage.feed(&lines);
    let orders = [
        "--hold",
        "line-000100",
        "--gate",
        &gate,
        "--consumer-timeout",
        "7",
    ];
    let worker = stage.start("worker", &orders);
    worker.line("holding", DEADLINE);
    holds_for(
        "it keeps its partitions",
        timeout + Duration::from_secs(1),
        || {
            let lost = |line: &String| line.contains("revoked") || line.contains("lost");
            !worker.lines().iter().any(lost)
        },
    );
    stage.open_gate();
    stage.await_committed(400);
    same(&stage.lines(400), &lines);
}
