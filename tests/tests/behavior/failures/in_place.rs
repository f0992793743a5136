//! Retries in place: everything behind waits, the order is kept, and the partition stays ours.

use catenae_tests::{DEADLINE, eventually};

use super::{attempts, stage_for};
use crate::stage::{Stage, ends_in_order, exits, text};

const RETRY: [&str; 2] = ["--retry", "max=5,backoff=1ms..20ms,jitter"];

#[test]
fn a_retry_that_succeeds_keeps_the_order() {
    let stage = stage_for("flaky", 1);
    let lines = ["ok 1", "err 2 a", "ok 2", "panic 1 b", "ok 3"];
    stage.feed(lines);
    let flaky = stage.start("flaky", &RETRY);
    stage.await_committed(5);
    let got = stage.read(5);
    assert_eq!(got.iter().map(text).collect::<Vec<_>>(), lines);
    let numbers: Vec<&str> = got.iter().map(|one| one.header("attempt")).collect();
    assert_eq!(numbers, ["1", "3", "1", "2", "1"]);
    assert_eq!(
        attempts(&flaky),
        [
            "1 at ok 1",
            "1 at err 2 a",
            "2 at err 2 a",
            "3 at err 2 a",
            "1 at ok 2",
            "1 at panic 1 b",
            "2 at panic 1 b",
            "1 at ok 3"
        ]
    );
    flaky.line("attempt 2 failed, the next one is in ", DEADLINE);
}

#[test]
fn when_no_retry_is_left_the_error_says_how_many_there_were() {
    let stage = stage_for("flaky", 1);
    stage.feed(["ok 1", "err * a", "ok 2"]);
    let flaky = stage.start("flaky", &RETRY);
    exits(&flaky, 1);
    let error = flaky.line("error: flaky/", DEADLINE);
    assert!(
        error.contains("offset 1 (7 bytes: `err * a`) after 6 attempts"),
        "{error}"
    );
    flaky.line("caused by: ordered to fail at err * a", DEADLINE);
    assert_eq!(stage.committed(), 1);
    assert_eq!(attempts(&flaky).len(), 7);
}

#[test]
fn what_cannot_be_decoded_or_written_is_tried_once() {
    for bad in ["enc", "\u{0}"] {
        let probe = if bad == "enc" { "flaky" } else { "shapes" };
        let stage = stage_for(probe, 1);
        stage.feed([bad]);
        let child = stage.start(probe, &RETRY);
        exits(&child, 1);
        assert!(attempts(&child).len() <= 1, "{:?}", child.lines());
        assert!(!child.lines().iter().any(|line| line.contains("attempts")));
    }
}

#[test]
fn a_stop_ends_the_wait_for_a_retry_and_skips_nothing() {
    let stage = stage_for("flaky", 1);
    stage.feed(["ok 1", "err 1 a", "ok 2"]);
    let hour = ["--retry", "max=5,backoff=1h", "--on-error", "skip"];
    let flaky = stage.start("flaky", &hour);
    flaky.line("attempt 1 failed, the next one is in 3600s", DEADLINE);
    stage.await_committed(1);
    ends_in_order(&flaky);
    flaky.line("it is read again at the next start", DEADLINE);
    assert_eq!(stage.committed(), 1);
    let _again = stage.start("flaky", &RETRY);
    stage.await_committed(3);
    assert_eq!(stage.lines(3), ["err 1 a", "ok 1", "ok 2"]);
}

#[test]
fn a_rebalance_ends_the_wait_for_a_retry() {
    let stage = stage_for("flaky", 8);
    let keyed: Vec<(String, String)> = (0..8)
        .map(|n| (format!("key {n}"), format!("err 1 {n}")))
        .collect();
    stage.feed_keyed(&keyed);
    let hour = ["--retry", "max=5,backoff=1h"];
    let first = stage.start("flaky", &hour);
    first.line("attempt 1 failed, the next one is in 3600s", DEADLINE);
    // The second one gets half of the partitions, and with it what waits there.
    let second = stage.start("flaky", &RETRY);
    eventually("the second one has handled something", DEADLINE, || {
        (!stage_output_is_empty(&stage)).then_some(())
    });
    ends_in_order(&first);
    stage.await_committed(8);
    let mut lines = stage.lines(8);
    lines.dedup();
    assert_eq!(lines.len(), 8, "{lines:?}");
    drop(second);
}

fn stage_output_is_empty(stage: &Stage) -> bool {
    catenae_tests::length(&stage.broker, &stage.output) == 0
}
