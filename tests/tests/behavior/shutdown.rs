//! Stopping: in order and in time.

use std::time::Duration;

use catenae_tests::{DEADLINE, Signal, length};

use crate::stage::{Stage, ends_in_order, exits, numbered, within};

#[test]
fn a_stop_in_the_middle_commits_what_is_settled() {
    for signal in [Signal::Terminate, Signal::Interrupt, Signal::HangUp] {
        let stage = Stage::new(2);
        stage.feed(numbered("line", 30_000));
        let worker = stage.start("worker", &["--quiet"]);
        stage.await_output(1000);
        within("a stop", Duration::from_secs(8), || {
            worker.signal(signal);
            exits(&worker, 0);
        });
        worker.line("received", DEADLINE);
        let settled = stage.committed();
        assert!((1000..=30_000).contains(&settled), "{settled}");
        assert_eq!(settled, length(&stage.broker, &stage.output));
    }
}

#[test]
fn the_electron_in_hand_is_finished_within_the_deadline() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    let lines = numbered("line", 10);
    stage.feed(&lines);
    let orders = [
        "--hold",
        &lines[5],
        "--gate",
        &gate,
        "--shutdown-timeout",
        "20",
    ];
    let worker = stage.start("worker", &orders);
    worker.line("holding", DEADLINE);
    worker.signal(Signal::Terminate);
    worker.line("SIGTERM received", DEADLINE);
    stage.open_gate();
    exits(&worker, 0);
    assert_eq!(stage.committed(), 6);
    assert_eq!(stage.lines(6), lines[..6]);
}

#[test]
fn a_stuck_handler_does_not_outlive_the_deadline() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    stage.feed(numbered("line", 10));
    let orders = [
        "--hold",
        "line-000005",
        "--gate",
        &gate,
        "--shutdown-timeout",
        "2",
    ];
    let worker = stage.start("worker", &orders);
    worker.line("holding", DEADLINE);
    within(
        "a stop with a stuck handler",
        Duration::from_secs(4),
        || {
            worker.signal(Signal::Terminate);
            exits(&worker, 1);
        },
    );
    worker.line("the shutdown took longer than 2 s", DEADLINE);
    assert_eq!(stage.committed(), 5);
}

#[test]
fn a_source_is_stopped_between_two_items() {
    let stage = Stage::new(1);
    let source = stage.start_source("numbers", &["--numbers", "1000000000"]);
    stage.await_output(1000);
    within("a stop", Duration::from_secs(8), || {
        ends_in_order(&source);
    });
}
