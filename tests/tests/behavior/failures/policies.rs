//! Each policy for each kind of failure, and for every bad electron.

use catenae_tests::{Child, DEADLINE, feed, length, read};

use super::{dead_letters, dead_letters_of, stage_for};
use crate::bad_input::{Bad, bad_electrons};
use crate::stage::{Stage, ends_in_order, exits, text};

/// One electron that fails between two that do not.
fn fed(bad: &[u8]) -> Stage {
    let stage = stage_for("flaky", 1);
    let rows: [&[u8]; 3] = [b"ok 1", bad, b"ok 2"];
    feed(
        &stage.broker,
        &stage.input,
        rows.map(|row| (None, Some(row))),
    );
    stage
}

#[test]
fn each_kind_of_failure_has_its_own_policy() {
    let kinds: [(&str, &[u8]); 4] = [
        ("decode", b"\xff\xfe"),
        ("handler", b"err"),
        ("panic", b"panic"),
        // Not one to choose for: what cannot be written is the function's error.
        ("encode", b"enc"),
    ];
    let mut running = Vec::new();
    for (kind, bad) in kinds {
        let column = if kind == "encode" { "handler" } else { kind };
        for policy in ["fail", "skip", "dead_letter"] {
            // The other columns would do something else.
            let other = if policy == "skip" { "fail" } else { "skip" };
            let columns = ["decode", "handler", "panic"].map(|name| {
                let what = if name == column { policy } else { other };
                format!("{name}={what}")
            });
            let stage = fed(bad);
            let flaky = stage.start("flaky", &["--on-error", &columns.join(",")]);
            running.push((kind, policy, stage, flaky));
        }
    }
    for (kind, policy, stage, flaky) in running {
        if policy == "fail" {
            exits(&flaky, 1);
            let error = flaky.line("error: flaky/", DEADLINE);
            assert!(error.contains("partition 0, offset 1"), "{kind}: {error}");
            assert!(error.contains("it was not skipped"), "{kind}: {error}");
            assert_eq!(stage.committed(), 1, "{kind}");
            assert_eq!(stage.lines(1), ["ok 1"], "{kind}");
            continue;
        }
        stage.await_committed(3);
        assert_eq!(stage.lines(2), ["ok 1", "ok 2"], "{kind}, {policy}");
        if policy == "skip" {
            let line = flaky.line(": skipped", DEADLINE);
            let place = format!("stream `{}`, partition 0, offset 1", stage.input);
            assert!(line.contains(&place), "{kind}: {line}");
        } else {
            let letters = dead_letters(&stage, "flaky", 1);
            assert_eq!(letters[0].header("catenae.error-kind"), kind);
            flaky.line("a dead letter on `", DEADLINE);
        }
        ends_in_order(&flaky);
        let panics = kind == "panic";
        let began = flaky
            .printed()
            .iter()
            .filter(|line| *line == "began")
            .count();
        assert_eq!(
            began,
            1 + usize::from(panics),
            "{kind}: a torn state is rebuilt"
        );
    }
}

#[test]
fn every_bad_electron_is_skipped_or_becomes_a_dead_letter() {
    let mut running: Vec<(Bad, Stage, Child, &str)> = Vec::new();
    for policy in ["skip", "dead_letter"] {
        for case in bad_electrons() {
            let stage = stage_for(case.probe, 1);
            let rows = [
                (None, Some(&case.good[..])),
                (case.key.as_deref(), case.value.as_deref()),
                (None, Some(&case.good[..])),
            ];
            feed(&stage.broker, &stage.input, rows);
            let too_large = case.name == "a large output";
            if too_large && policy == "dead_letter" {
                // Neither does its dead letter fit: see `dead_letters`.
                continue;
            }
            let mut more = vec!["--on-error", policy];
            more.extend(case.more);
            let child = stage.start(case.probe, &more);
            running.push((case, stage, child, policy));
        }
    }
    for (case, stage, child, policy) in running {
        let name = case.name;
        stage.await_committed(3);
        assert_eq!(length(&stage.broker, &stage.output), 2, "{name}");
        if policy == "skip" {
            let line = child.line(": skipped", DEADLINE);
            assert!(line.contains(case.expected), "{name}: {line}");
        } else {
            let letters = dead_letters(&stage, case.probe, 1);
            let letter = &letters[0];
            assert_eq!(
                (&letter.key, &letter.value),
                (&case.key, &case.value),
                "{name}"
            );
            let error = letter.header("catenae.error");
            assert!(error.contains(case.expected), "{name}: {error}");
        }
        ends_in_order(&child);
    }
}

#[test]
fn a_link_without_outputs_writes_dead_letters_too() {
    let stage = stage_for("leaf", 1);
    stage.feed(["a", "bad", "b"]);
    let leaf = stage.start_leaf("leaf", &["--fail", "bad", "--on-error", "dead_letter"]);
    stage.await_committed(3);
    let letters = dead_letters(&stage, "leaf", 1);
    assert_eq!(letters.iter().map(text).collect::<Vec<_>>(), ["bad"]);
    ends_in_order(&leaf);
    leaf.line("0 electrons skipped, 1 dead letters", DEADLINE);
    assert!(dead_letters_of(&stage, "leaf").ends_with(".leaf.dlq"));
}

#[test]
#[ignore = "needs Apache Kafka"]
fn under_exactly_once_what_is_given_up_is_in_the_transaction() {
    let stage = Stage::kafka(1);
    stage.feed(["ok 1", "err 2 a", "panic * b", "err * c", "ok 2"]);
    let retry = [
        "--retry",
        "max=3,backoff=5ms",
        "--on-error",
        "handler=dead_letter,panic=skip",
    ];
    let flaky = stage.start(
        "flaky",
        &[&["--delivery", "exactly-once"], &retry[..]].concat(),
    );
    flaky.line("a dead letter on `", DEADLINE);
    let lines: Vec<String> = stage.read(3).iter().map(text).collect();
    assert_eq!(lines, ["ok 1", "err 2 a", "ok 2"]);
    let letters = read(
        &stage.broker,
        &dead_letters_of(&stage, "flaky"),
        1,
        DEADLINE,
    );
    assert_eq!(letters[0].text(), "err * c");
    assert_eq!(letters[0].header("catenae.attempt"), "4");
    ends_in_order(&flaky);
    assert_eq!(stage.committed(), 5);
    flaky.line("1 electrons skipped, 1 dead letters", DEADLINE);
}
