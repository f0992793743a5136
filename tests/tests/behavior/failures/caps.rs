//! More electrons fail than electrons can be bad: the link stops in place of giving all of them up.

use catenae_tests::DEADLINE;

use super::{dead_letters, stage_for};
use crate::stage::exits;

#[test]
fn a_run_of_failures_stops_the_link_at_the_cap() {
    for (policy, order) in [("skip", "err"), ("dead_letter", "panic")] {
        let stage = stage_for("flaky", 1);
        stage.feed((0..20).map(|n| format!("{order} * {n}")));
        let cap = ["--give-up-cap", "run=5,percent=100"];
        let flaky = stage.start("flaky", &[&["--on-error", policy], &cap[..]].concat());
        exits(&flaky, 1);
        let error = flaky.line("error: flaky/", DEADLINE);
        assert!(error.contains("partition 0, offset 5"), "{error}");
        assert!(
            error.contains("the 5 electrons before it were given up"),
            "{error}"
        );
        assert!(error.contains("it was not skipped"), "{error}");
        assert_eq!(stage.committed(), 5, "the one at the cap is not settled");
        if policy == "dead_letter" {
            dead_letters(&stage, "flaky", 5);
        }
    }
}

#[test]
fn a_share_of_failures_stops_the_link_at_the_cap() {
    let stage = stage_for("flaky", 1);
    // Every fifth of the first hundred fails: the share is looked at from the hundredth on.
    stage.feed((0..200).map(|n| {
        let order = if n % 5 == 4 { "err" } else { "ok" };
        format!("{order} * {n}")
    }));
    let cap = ["--give-up-cap", "run=100,percent=10"];
    let flaky = stage.start("flaky", &[&["--on-error", "skip"], &cap[..]].concat());
    exits(&flaky, 1);
    let error = flaky.line("error: flaky/", DEADLINE);
    assert!(error.contains("partition 0, offset 99"), "{error}");
    assert!(
        error.contains("20 of the last 100 electrons would be given up"),
        "{error}"
    );
    assert_eq!(stage.committed(), 99);
    assert_eq!(stage.lines(80).len(), 80);
}

#[test]
fn electrons_that_are_handled_end_a_run() {
    let stage = stage_for("flaky", 1);
    stage.feed((0..50).map(|n| {
        let order = if n % 2 == 0 { "err" } else { "ok" };
        format!("{order} * {n}")
    }));
    let cap = ["--give-up-cap", "run=1,percent=100"];
    let _flaky = stage.start("flaky", &[&["--on-error", "skip"], &cap[..]].concat());
    stage.await_committed(50);
    assert_eq!(stage.lines(25).len(), 25);
}

#[test]
fn a_function_that_panics_at_every_electron_stops_or_is_stopped() {
    for (policy, settled) in [("fail", 0), ("skip", 7), ("dead_letter", 7)] {
        let stage = stage_for("flaky", 1);
        stage.feed((0..30).map(|n| format!("panic * {n}")));
        let orders = ["--on-error", policy, "--give-up-cap", "run=7"];
        let orders = if policy == "fail" {
            &orders[..2]
        } else {
            &orders
        };
        let flaky = stage.start("flaky", orders);
        exits(&flaky, 1);
        flaky.line("ordered to panic at panic * ", DEADLINE);
        assert_eq!(stage.committed(), settled, "{policy}");
        let began = flaky
            .printed()
            .iter()
            .filter(|line| *line == "began")
            .count();
        let settled = usize::try_from(settled).expect("a count");
        assert_eq!(
            began,
            1 + settled,
            "{policy}: a torn state is not used again"
        );
        assert!(
            !flaky.printed().iter().any(|line| line.ends_with("2 seen")),
            "{policy}: {:?}",
            flaky.printed()
        );
    }
}
