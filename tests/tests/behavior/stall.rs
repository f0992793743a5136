//! A broker that stands still, comes back, or is gone.

use std::time::Duration;

use catenae_tests::{DEADLINE, Signal};

use crate::stage::{
    ends_in_order, exits, holds_for, numbered, own_stage, peak_memory, same, within,
};

#[test]
fn a_stalled_broker_stops_intake_and_nothing_is_lost() {
    let (own, stage) = own_stage();
    let lines = numbered("line", 60_000);
    stage.feed(&lines);
    let worker = stage.start("worker", &["--quiet"]);
    stage.await_output(1000);
    own.pause();
    holds_for("it waits", Duration::from_secs(4), || {
        peak_memory(worker.pid()) < 96 << 10
    });
    own.resume();
    stage.await_committed(60_000);
    let mut got = stage.lines(60_000);
    got.dedup();
    same(&got, &lines);
    ends_in_order(&worker);
}

#[test]
fn a_stop_without_a_broker_ends_in_time_and_says_so() {
    let (own, stage) = own_stage();
    let gate = stage.gate();
    stage.feed(numbered("line", 20));
    let orders = [
        "--hold",
        "line-000010",
        "--gate",
        &gate,
        "--shutdown-timeout",
        "4",
    ];
    let worker = stage.start("worker", &orders);
    worker.line("holding", DEADLINE);
    own.pause();
    stage.open_gate();
    worker.line("did line-000010", DEADLINE);
    within("a stop", Duration::from_secs(6), || {
        worker.signal(Signal::Terminate);
        exits(&worker, 1);
    });
    worker.line("read again at the next start", DEADLINE);
    own.resume();
    let again = stage.start("worker", &[]);
    stage.await_committed(20);
    let mut got = stage.lines(20);
    got.dedup();
    assert_eq!(got, numbered("line", 20));
    // Idle, with everything committed: there is nothing to lose, and it ends in time all the same.
    own.pause();
    within("a stop", Duration::from_secs(10), || {
        again.signal(Signal::Terminate);
        let _ = again.end(DEADLINE);
    });
    own.resume();
}
