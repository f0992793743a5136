//! An exit of the process in the middle of a run: it leaves a line, and is no success.

use catenae_tests::{Child, DEADLINE, Signal, feed};

use crate::stage::{Stage, ends_in_order, exits, numbered, probe_path};

/// The line that an exit leaves; there is one and no other.
#[track_caller]
fn told(child: &Child) -> String {
    let line = child.line(
        "error: the process exits in the middle of a run: ",
        DEADLINE,
    );
    let lines = child.lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("the process exits"));
    assert_eq!(told.count(), 1, "{lines:#?}");
    line
}

#[track_caller]
fn untold(child: &Child) {
    let lines = child.lines();
    let told = lines.iter().any(|line| line.contains("the process exits"));
    assert!(!told, "{lines:#?}");
}

#[test]
fn an_exit_in_a_function_names_the_electron_and_is_no_success() {
    let stage = Stage::new(1);
    let lines = numbered("line", 10);
    stage.feed(&lines);
    for (given, expected) in [("0", 1), ("256", 1), ("7", 7)] {
        let orders = ["--exit", &*lines[5], "--exit-status", given, "--uid", "me"];
        let worker = stage.start("worker", &orders);
        exits(&worker, expected);
        let line = told(&worker);
        let place = format!("stream `{}`, partition 0, offset 5", stage.input);
        for part in ["worker/me", &*place, "it is read again at the next start"] {
            assert!(line.contains(part), "no `{part}`: {line}");
        }
        let corrected = line.contains("The exit status is 1, because 0 means");
        assert_eq!(corrected, expected == 1, "{line}");
        // What was printed before is not lost.
        worker.line(&format!("took {}", lines[5]), DEADLINE);
    }
    // Nothing is skipped.
    let worker = stage.start("worker", &[]);
    stage.await_committed(10);
    ends_in_order(&worker);
    untold(&worker);
}

#[test]
fn what_was_committed_before_is_said_to_be_lost() {
    let stage = Stage::new(1);
    stage.feed(["a"]);
    let orders = ["--exit", "a", "--delivery", "at-most-once"];
    let worker = stage.start("worker", &orders);
    exits(&worker, 1);
    let line = told(&worker);
    assert!(line.contains("is not read again"), "{line}");
}

#[test]
fn wherever_it_comes_from() {
    let stage = Stage::new(1);
    for trouble in ["setup-exit", "finish-exit"] {
        stage.feed(["a", "stop"]);
        let keeper = stage.start("keeper", &["--trouble", trouble]);
        exits(&keeper, 1);
        assert!(told(&keeper).contains("keeper/"), "{trouble}");
    }
    let source = stage.start_source("numbers", &["--exit", "3"]);
    exits(&source, 1);
    assert!(told(&source).contains("which have to be sent again"));
    let stage = Stage::new(1);
    let tasks = stage.start_leaf("tasks", &["--in-setup", "--task", "exits"]);
    exits(&tasks, 1);
    assert!(told(&tasks).contains("tasks/"));
}

#[test]
fn in_a_topology_every_link_that_runs_is_named() {
    let sums = Child::start(
        probe_path("chain"),
        ["--critic-exits-at", "500", "--endless"],
    );
    exits(&sums, 1);
    let line = told(&sums);
    for part in [
        "critic/",
        "counter/",
        "middle/",
        "in hand stream `numbers`, partition ",
        "it is read again at the next start",
    ] {
        assert!(line.contains(part), "no `{part}`: {line}");
    }
}

#[test]
fn our_own_ends_are_not_told_so() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    stage.feed(["held"]);
    let hold = ["--hold", "held", "--gate", &gate, "--shutdown-timeout", "1"];
    let worker = stage.start("worker", &hold);
    worker.line("holding", DEADLINE);
    worker.signal(Signal::Terminate);
    exits(&worker, 1);
    worker.line("the shutdown took longer than 1 s", DEADLINE);
    untold(&worker);
    // Wrong usage, help, and a run that fails.
    let check = |orders: &[&str], status| {
        let worker = stage.start("worker", orders);
        exits(&worker, status);
        untold(&worker);
    };
    check(&["--nonsense"], 2);
    check(&["--help"], 0);
    check(&["--fail", "held"], 1);
}

/// What fails is printed at the end, which an exit takes away.
#[test]
fn what_had_failed_before_is_told_too() {
    let stage = Stage::new(1);
    feed(&stage.broker, &stage.input, [(None, Some(&b"\xff"[..]))]);
    let keeper = stage.start("keeper", &["--trouble", "finish-exit"]);
    exits(&keeper, 1);
    told(&keeper);
    let place = format!("stopped at stream `{}`, partition 0, offset 0", stage.input);
    keeper.line(&place, DEADLINE);
}

#[test]
fn programs_read_it_as_an_object() {
    let stage = Stage::new(1);
    stage.feed(["a"]);
    let worker = stage.start("worker", &["--exit", "a", "--log-format", "json"]);
    exits(&worker, 1);
    let line = worker.line("the process exits in the middle of a run", DEADLINE);
    let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(object["level"], "error", "{line}");
}
