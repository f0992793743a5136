//! Where a micromodule finds itself: no environment, empty variables, an output that nobody reads.

use std::process::Command;

use catenae_tests::{Child, DEADLINE};

use crate::stage::{Stage, ends_in_order, exits};

/// The command of a worker behind a piece of shell, which runs it as `"$@"`.
fn in_shell(stage: &Stage, script: &str, more: &[&str]) -> Child {
    let worker = stage.middle("worker", more);
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .arg(worker.get_program())
        .args(worker.get_args());
    Child::spawn(command)
}

/// A device without room, and a reader that has gone: `println!` panics.
#[test]
fn an_output_that_cannot_be_written_stops_at_the_electron_and_loses_nothing() {
    let stage = Stage::new(1);
    stage.feed(["a", "b"]);
    let place = format!("stream `{}`, partition 0, offset", stage.input);
    for script in [
        "exec \"$@\" > /dev/full",
        "{ \"$@\"; echo \"status $?\" >&2; } | true",
    ] {
        let worker = in_shell(&stage, script, &[]);
        worker.line(&place, DEADLINE);
        match script.contains("status") {
            true => drop(worker.line("status 1", DEADLINE)),
            false => exits(&worker, 1),
        }
        assert_eq!(stage.committed(), 0, "{script}");
    }
    let worker = stage.start("worker", &[]);
    stage.await_committed(2);
    ends_in_order(&worker);
}

#[test]
fn closed_files_are_no_trouble() {
    let stage = Stage::new(1);
    stage.feed(["a", "b"]);
    let worker = in_shell(&stage, "exec \"$@\" <&- >&- 2>&-", &[]);
    stage.await_committed(2);
    assert_eq!(stage.lines(2), ["a", "b"]);
    ends_in_order(&worker);
}

#[test]
fn it_needs_no_environment() {
    let stage = Stage::new(1);
    stage.feed(["a"]);
    // On a Kafka of all tests others write nonsense to the streams of calls, and it is told.
    let mut command = stage.middle("worker", &["--rpc", "off"]);
    command.env_clear().env("LANG", "C");
    let worker = Child::spawn(command);
    stage.await_committed(1);
    ends_in_order(&worker);
    assert_eq!(worker.loud(), [""; 0]);
}

/// As a compose file sets them whose own variables are not set.
#[test]
fn variables_that_are_empty_count_as_unset() {
    let stage = Stage::new(1);
    stage.feed(["a"]);
    let help = Child::spawn(stage.middle("worker", &["--help"]));
    exits(&help, 0);
    let help = help.lines().join("\n");
    let (_, rest) = help.split_once("[env: ").expect("the help names variables");
    let names = rest.split("[env: ").map(|text| {
        let end = text.find(|c: char| c != '_' && !c.is_ascii_uppercase());
        &text[..end.unwrap_or(text.len())]
    });
    let names: Vec<&str> = names.collect();
    assert!(names.contains(&"CATENAE_DELIVERY"), "{names:?}");
    let mut command = stage.middle("worker", &["--rpc", "off"]);
    for name in &names {
        command.env(name, "");
    }
    let worker = Child::spawn(command);
    stage.await_committed(1);
    ends_in_order(&worker);
    assert_eq!(worker.loud(), [""; 0], "{names:?}");
}

#[test]
fn a_group_may_have_any_name() {
    let mut stage = Stage::new(1);
    stage.group = format!("my {}/ü \"x\" %s", stage.group);
    stage.feed(["a"]);
    let worker = stage.start("worker", &[]);
    stage.await_committed(1);
    ends_in_order(&worker);
}
