//! At least once: what is committed is settled, what is not settled is read again.

use std::time::Duration;

use catenae_tests::{DEADLINE, Signal, length};

use crate::stage::{Stage, ends_in_order, exits, holds_for, numbered, same};

#[test]
fn a_killed_link_loses_nothing() {
    let stage = Stage::new(4);
    let lines = numbered("line", 4000);
    stage.feed(&lines);
    let (gate, held) = (stage.gate(), &lines[2000]);
    let orders = ["--quiet", "--hold", held, "--gate", &gate];
    let worker = stage.start("worker", &orders);
    worker.line("holding", DEADLINE);
    worker.signal(Signal::Kill);
    assert_eq!(worker.end(DEADLINE).code(), None);
    let before = stage.committed();
    assert!(before < 4000, "{before}");
    let _again = stage.start("worker", &["--quiet"]);
    stage.await_committed(4000);
    let mut got = stage.lines(4000);
    got.dedup();
    same(&got, &lines);
}

#[test]
fn an_offset_is_committed_only_behind_its_handler() {
    let stage = Stage::new(1);
    let lines = numbered("line", 100);
    stage.feed(&lines);
    let gate = stage.gate();
    let _worker = stage.start("worker", &["--hold", &lines[50], "--gate", &gate]);
    stage.await_committed(50);
    holds_for(
        "nothing behind the held one is committed",
        Duration::from_secs(1),
        || stage.committed() == 50,
    );
    assert_eq!(length(&stage.broker, &stage.output), 50);
    stage.open_gate();
    stage.await_committed(100);
    same(&stage.lines(100), &lines);
}

#[test]
fn an_offset_is_committed_only_behind_the_delivery_of_its_outputs() {
    let stage = Stage::new(1);
    let lines = numbered("line", 100);
    stage.feed(&lines);
    // The producer keeps every output back.
    let keep = ["--kafka", "linger.ms=100000"];
    let worker = stage.start("worker", &keep);
    worker.line("did line-000099", DEADLINE);
    // Two rounds of automatic commits.
    holds_for("nothing is committed", Duration::from_millis(2500), || {
        stage.committed() == 0
    });
    assert_eq!(length(&stage.broker, &stage.output), 0);
    worker.signal(Signal::Kill);
    let _ = worker.end(DEADLINE);
    // An orderly stop does not wait for the linger.
    let worker = stage.start("worker", &keep);
    worker.line("did line-000099", DEADLINE);
    worker.signal(Signal::Terminate);
    assert_eq!(worker.end(Duration::from_secs(7)).code(), Some(0));
    assert_eq!(stage.committed(), 100);
    same(&stage.lines(100), &lines);
}

#[test]
fn a_clean_stop_repeats_nothing() {
    let stage = Stage::new(4);
    let lines = numbered("line", 20_000);
    stage.feed(&lines);
    for _ in 1..=3 {
        let before = stage.await_output(0);
        // Slow enough to be stopped in the middle.
        let worker = stage.start("worker", &["--quiet", "--work", "1"]);
        stage.await_output(before + 1000);
        ends_in_order(&worker);
        assert_eq!(stage.committed(), length(&stage.broker, &stage.output));
    }
    let _last = stage.start("worker", &["--quiet"]);
    stage.await_committed(20_000);
    same(&stage.lines(20_000), &lines);
}

#[test]
fn a_failing_electron_stops_the_link_and_is_read_again() {
    let check = |order: &str, expected: &str| {
        let stage = Stage::new(1);
        let mut lines = numbered("line", 60);
        lines[40].push_str(&" long".repeat(100));
        stage.feed(&lines);
        let bad = lines[40].clone();
        for _ in 0..2 {
            let worker = stage.start("worker", &[order, &bad]);
            exits(&worker, 1);
            let error = worker.line("error: worker/", DEADLINE);
            let named = format!("stream `{}`, partition 0, offset 40", stage.input);
            assert!(error.contains(&named), "{error}");
            assert!(
                error.contains("511 bytes: `line-000040 long long"),
                "{error}"
            );
            worker.line(&format!("caused by: {expected}"), DEADLINE);
            worker.line(&format!("took {bad}"), DEADLINE);
            assert_eq!(stage.committed(), 40);
            assert_eq!(length(&stage.broker, &stage.output), 40);
        }
        let _repaired = stage.start("worker", &[]);
        stage.await_committed(60);
        same(&stage.lines(60), &lines);
    };
    check("--fail", "the link's function returned an error");
    check("--panic", "the user's code panicked");
}
