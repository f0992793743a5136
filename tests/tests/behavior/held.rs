//! Electrons that are held for something other than an output.

use catenae_tests::{DEADLINE, Signal};

use crate::failures::dead_letters;
use crate::stage::{Stage, ends_in_order, exits, text};

/// A stage with one partition, and streams for dead letters.
fn stage() -> Stage {
    let stage = Stage::new(1);
    stage
        .broker
        .create(&format!("{}.holder.dlq", stage.input), 1);
    stage
}

#[test]
fn what_is_held_is_not_committed_and_read_again_after_a_kill() {
    let stage = stage();
    let more = ["--gate", &stage.gate()];
    stage.feed(["gate a", "b", "c"]);
    let first = stage.start("holder", &more);
    // Those behind it are done, and wait for it.
    first.line("began c", DEADLINE);
    stage.await_output(3);
    assert_eq!(stage.committed(), 0);
    first.signal(Signal::Kill);
    first.end(DEADLINE);
    let second = stage.start("holder", &more);
    second.line("began gate a", DEADLINE);
    stage.open_gate();
    second.line("released gate a", DEADLINE);
    stage.await_committed(3);
}

#[test]
fn in_sync_the_next_one_waits_for_the_release() {
    let stage = stage();
    stage.feed(["gate a", "b"]);
    let holder = stage.start("holder", &["--gate", &stage.gate(), "--sync"]);
    holder.line("began gate a", DEADLINE);
    stage.open_gate();
    holder.line("began b", DEADLINE);
    stage.await_committed(2);
    let lines = holder.lines();
    let at = |expected: &str| lines.iter().position(|line| line.contains(expected));
    assert!(at("released gate a") < at("began b"), "{lines:#?}");
}

#[test]
fn a_hold_that_fails_or_is_forgotten_fails_its_electron() {
    for (bad, why) in [
        ("fail b", "the store refuses fail b"),
        ("drop b", "its hold was dropped"),
    ] {
        for mode in [&[][..], &["--sync"], &["--seq"]] {
            let stage = stage();
            stage.feed(["a", bad, "c"]);
            let holder = stage.start("holder", mode);
            exits(&holder, 1);
            for said in [
                "partition 0, offset 1",
                "what it was held for has failed",
                why,
            ] {
                holder.line(said, DEADLINE);
            }
            stage.await_committed(1);
            let letters = ["--on-error", "dead_letter"];
            let holder = stage.start("holder", &[mode, &letters].concat());
            stage.await_committed(3);
            let letters = dead_letters(&stage, "holder", 1);
            assert_eq!(letters.iter().map(text).collect::<Vec<_>>(), [bad]);
            let error = letters[0].header("catenae.error");
            assert!(error.contains(why), "{error}");
            assert_eq!(letters[0].header("catenae.error-kind"), "held");
            ends_in_order(&holder);
        }
    }
}

#[test]
fn a_hold_that_fails_during_a_stop_is_given_up_as_well() {
    let stage = stage();
    stage.feed(["late a", "b"]);
    let more = ["--gate", &stage.gate(), "--on-error", "dead_letter"];
    let holder = stage.start("holder", &more);
    holder.line("began b", DEADLINE);
    stage.await_output(2);
    holder.signal(Signal::Terminate);
    holder.line("SIGTERM received: stopping", DEADLINE);
    stage.open_gate();
    exits(&holder, 0);
    let letters = dead_letters(&stage, "holder", 1);
    assert_eq!(letters.iter().map(text).collect::<Vec<_>>(), ["late a"]);
    stage.await_committed(2);
}

/// It is the function's failure, with its retries and its policy.
#[test]
fn a_hold_that_is_dropped_by_a_function_that_fails_says_nothing() {
    for mode in [&[][..], &["--sync"], &["--seq"]] {
        let stage = stage();
        stage.feed(["a", "err b", "panic c", "d"]);
        let policy = ["--retry", "max=2,backoff=5ms", "--on-error", "dead_letter"];
        let holder = stage.start("holder", &[mode, &policy].concat());
        stage.await_committed(4);
        let letters = dead_letters(&stage, "holder", 2);
        for (letter, why) in letters.iter().zip(["no err b", "no panic c"]) {
            assert_eq!(letter.header("catenae.attempt"), "3");
            let error = letter.header("catenae.error");
            assert!(error.contains(why), "{error}");
        }
        ends_in_order(&holder);
    }
}

#[test]
fn a_stop_waits_for_what_is_held() {
    let stage = stage();
    stage.feed(["gate a"]);
    let holder = stage.start("holder", &["--gate", &stage.gate()]);
    holder.line("began gate a", DEADLINE);
    stage.await_output(1);
    holder.signal(Signal::Terminate);
    holder.line("SIGTERM received: stopping", DEADLINE);
    stage.open_gate();
    exits(&holder, 0);
    stage.await_committed(1);
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let stage = stage();
    stage.feed(["gate a"]);
    let more = ["--gate", &stage.gate(), "--shutdown-timeout", "2"];
    let holder = stage.start("holder", &more);
    holder.line("began gate a", DEADLINE);
    stage.await_output(1);
    holder.signal(Signal::Terminate);
    exits(&holder, 1);
    holder.line(
        "1 hold was not released before the deadline of the shutdown",
        DEADLINE,
    );
    assert_eq!(stage.committed(), 0);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn under_exactly_once_nothing_can_be_held() {
    let stage = Stage::kafka(1);
    stage.feed(["a"]);
    let holder = stage.start("holder", &["--delivery", "exactly-once"]);
    exits(&holder, 1);
    holder.line("exactly-once waits for nothing but Kafka", DEADLINE);
    assert_eq!(stage.committed(), 0);
}
