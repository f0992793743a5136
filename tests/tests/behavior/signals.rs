//! Signals: which ask for a stop, and which of several are one.

use std::process::Command;

use catenae_tests::{Child, DEADLINE, Signal, eventually};

use crate::stage::{Stage, ends_in_order, exits, numbered, probe_path};

/// Holds an electron, and has a deadline that no test sees.
fn holding(stage: &Stage, lines: &[String]) -> Command {
    stage.feed(lines);
    let gate = stage.gate();
    let hold = [
        "--hold",
        &*lines[5],
        "--gate",
        &gate,
        "--shutdown-timeout",
        "600",
    ];
    stage.middle("worker", &hold)
}

/// Sends a signal again and again until the process has ended.
#[track_caller]
fn insists(child: &Child, signal: Signal, status: i32) {
    eventually("its end", DEADLINE, || {
        child.signal(signal);
        child.has_ended().then_some(())
    });
    exits(child, status);
}

#[test]
fn several_signals_of_one_hand_are_one_stop() {
    use Signal::{Continue, HangUp, Interrupt, Stop, Terminate};
    let together: [&[Signal]; 7] = [
        &[HangUp],
        // A terminal, and the wrapper between it and the process.
        &[Interrupt; 6],
        &[Interrupt, Terminate],
        // GNU `timeout`, and supervisors that signal the group as well as its leader.
        &[Terminate, Continue, Terminate, Continue],
        // A session that ends.
        &[HangUp, Terminate],
        &[Terminate, HangUp, Continue],
        // What was halted is asked and let go.
        &[Stop, Interrupt, HangUp, Terminate, Continue],
    ];
    for signals in together {
        let stage = Stage::new(1);
        let lines = numbered("line", 10);
        let worker = Child::spawn(holding(&stage, &lines));
        worker.line("holding", DEADLINE);
        worker.signals(signals);
        worker.line(" received: stopping", DEADLINE);
        stage.open_gate();
        exits(&worker, 0);
        assert_eq!(stage.committed(), 6, "{signals:?}");
        assert_eq!(stage.lines(6), lines[..6], "{signals:?}");
        let stopped = worker.lines().concat().matches(": stopping").count();
        assert_eq!(stopped, 1, "{signals:?}: {:#?}", worker.lines());
    }
}

#[test]
fn who_insists_ends_it_at_once() {
    for signal in [Signal::Terminate, Signal::Interrupt, Signal::HangUp] {
        let stage = Stage::new(1);
        let worker = Child::spawn(holding(&stage, &numbered("line", 10)));
        worker.line("holding", DEADLINE);
        worker.signal(Signal::Terminate);
        worker.line("a further signal after one second exits at once", DEADLINE);
        insists(&worker, signal, 1);
        worker.line(" again: exiting at once", DEADLINE);
    }
}

#[test]
fn a_hangup_that_was_ignored_from_the_start_stays_ignored() {
    let stage = Stage::new(1);
    let lines = numbered("line", 10);
    let held = holding(&stage, &lines);
    // What `nohup` does.
    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    ignoring.arg(held.get_program()).args(held.get_args());
    let worker = Child::spawn(ignoring);
    worker.line("holding", DEADLINE);
    worker.signal(Signal::HangUp);
    stage.open_gate();
    stage.await_committed(10);
    stage.feed(["more"]);
    stage.await_committed(11);
    ends_in_order(&worker);
    let lines = worker.lines();
    assert!(
        !lines.iter().any(|line| line.contains("SIGHUP")),
        "{lines:#?}"
    );
}

/// A program that calls the library: each run is stopped once, and behind the last one a signal does
/// what it does without the library.
#[test]
fn runs_are_stopped_one_by_one_and_then_the_process_is_its_own() {
    let runs = Child::start(probe_path("runs"), [] as [&str; 0]);
    runs.line("reading", DEADLINE);
    runs.signals(&[Signal::Interrupt, Signal::Terminate, Signal::HangUp]);
    runs.line("the first run has ended", DEADLINE);
    let reading = || {
        runs.printed()
            .iter()
            .filter(|line| *line == "reading")
            .count()
    };
    eventually("the second run reads", DEADLINE, || {
        (reading() == 2).then_some(())
    });
    runs.signals(&[Signal::HangUp, Signal::Interrupt]);
    runs.line("the second run has ended", DEADLINE);
    runs.line("nothing runs any more", DEADLINE);
    insists(&runs, Signal::HangUp, 128 + 1);
}
