//! Tasks that a link spawns: one that fails is not forgotten.

use catenae_tests::{Child, DEADLINE, Signal};

use crate::stage::{Stage, ends_in_order, exits, probe_path};

/// Starts a link whose task waits for the gate, and waits until it has handled what there is.
fn start(stage: &Stage, orders: &[&str]) -> Child {
    let gate = stage.gate();
    let orders = [orders, &["--gate", &gate][..]].concat();
    let tasks = stage.start_leaf("tasks", &orders);
    stage.await_committed(2);
    tasks
}

fn stage() -> Stage {
    let stage = Stage::new(1);
    stage.feed(["a", "spawn"]);
    stage
}

#[track_caller]
fn says(child: &Child, parts: &[&str]) {
    let line = child.line("error: tasks/", DEADLINE);
    for part in parts {
        assert!(line.contains(part), "no `{part}`: {line}");
    }
}

#[test]
fn a_task_that_panics_ends_the_micromodule_with_its_place() {
    for (orders, lines) in [(&["--in-setup"][..], ["a", "b"]), (&[], ["a", "spawn"])] {
        let stage = Stage::new(1);
        stage.feed(lines);
        let tasks = start(&stage, &[orders, &["--task", "panics"]].concat());
        stage.open_gate();
        exits(&tasks, 1);
        // The two places: of the spawning, and of the panic.
        says(
            &tasks,
            &["the task spawned at ", "probes/tasks.rs:", " panicked at "],
        );
        tasks.line("caused by: ordered to panic in a task", DEADLINE);
        // The state was not in its hands.
        tasks.line("ended with 2", DEADLINE);
        assert_eq!(stage.committed(), 2);
    }
}

#[test]
fn a_task_that_ends_with_an_error_ends_the_micromodule() {
    let stage = stage();
    let tasks = start(&stage, &["--task", "fails"]);
    stage.open_gate();
    exits(&tasks, 1);
    says(&tasks, &["probes/tasks.rs:", "ended with an error"]);
    tasks.line("caused by: ordered to fail in a task", DEADLINE);
    assert_eq!(stage.committed(), 2);
}

#[test]
fn a_panic_in_what_a_task_leaves_is_one() {
    let stage = stage();
    let tasks = start(&stage, &["--task", "panics-in-drop"]);
    stage.open_gate();
    exits(&tasks, 1);
    tasks.line("caused by: ordered to panic in drop", DEADLINE);
}

#[test]
fn a_panic_during_the_stop_is_one() {
    let stage = stage();
    let gate = stage.gate();
    stage.open_gate();
    let orders = ["--task", "panics", "--at-stop", "--gate", &gate];
    let tasks = stage.start_leaf("tasks", &orders);
    stage.await_committed(2);
    tasks.signal(Signal::Terminate);
    exits(&tasks, 1);
    says(&tasks, &[" panicked at "]);
    tasks.line("ended with 2", DEADLINE);
}

#[test]
fn a_task_that_ends_or_is_cancelled_or_isolated_ends_nothing() {
    let check = |task: &str, says: &str| {
        let stage = stage();
        let tasks = start(&stage, &["--task", task]);
        stage.open_gate();
        tasks.line("its time has come", DEADLINE);
        if !says.is_empty() {
            tasks.line(says, DEADLINE);
        }
        stage.feed(["more"]);
        stage.await_committed(3);
        ends_in_order(&tasks);
        let lines = tasks.lines();
        let bad = lines.iter().any(|line| line.contains("ERROR"));
        assert!(!bad, "{lines:#?}");
    };
    check("ends", "");
    check("waits", "");
    check("isolated-panics", "the handle says Err(true)");
    check("isolated-fails", "the handle says Ok(Err(");
}

/// A source ends by itself, and its topology goes on without it; its task still counts.
#[test]
fn a_task_of_a_source_that_has_ended_ends_the_topology() {
    let runs = Child::start(probe_path("runs"), ["left"]);
    exits(&runs, 1);
    let line = runs.line("the only run has failed", DEADLINE);
    assert!(
        line.contains("leaver/") && line.contains(" panicked at "),
        "{line}"
    );
}
