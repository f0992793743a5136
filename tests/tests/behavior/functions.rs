//! What a function may do to itself and to its process: panics of every kind, and deaths.

use catenae_tests::{Child, DEADLINE};

use crate::stage::{Stage, ends_in_order, exits};

/// Starts the link on a stream whose second electron tells it to do something odd.
fn start(stage: &Stage, what: &str) -> Child {
    stage.feed(["before", what]);
    stage.start("odd", &[])
}

/// Nothing is lost: the electron is still there for a link that can handle it.
#[track_caller]
fn is_read_again(stage: &Stage, what: &str) {
    let committed = stage.committed();
    assert!(committed <= 1, "{what}: {committed} committed");
    let worker = stage.start("worker", &[]);
    stage.await_committed(2);
    ends_in_order(&worker);
    worker.line(&format!("did {what}"), DEADLINE);
}

#[test]
fn a_panic_of_any_kind_names_the_electron_and_loses_nothing() {
    let panics = [
        ("a runtime blocks", "Cannot start a runtime from within"),
        ("a handle blocks", "Cannot start a runtime from within"),
        ("a drop panics", "a value panics when it is dropped"),
        ("no text", "panic"),
        ("a thread panics", "the thread ends"),
    ];
    for (what, why) in panics {
        let stage = Stage::new(1);
        let odd = start(&stage, what);
        exits(&odd, 1);
        let place = format!("stream `{}`, partition 0, offset 1", stage.input);
        odd.line(&place, DEADLINE);
        odd.line("caused by: the user's code panicked", DEADLINE);
        odd.line(why, DEADLINE);
        is_read_again(&stage, what);
    }
}

#[test]
fn a_death_of_the_process_commits_nothing_of_what_was_in_hand() {
    for what in ["a drop panics in a panic", "the stack ends", "abort"] {
        let stage = Stage::new(1);
        let odd = start(&stage, what);
        let status = odd.end(DEADLINE);
        assert_eq!(status.code(), None, "{what}: a signal ends it");
        is_read_again(&stage, what);
    }
}

#[test]
fn threads_of_a_function_may_use_the_context() {
    let stage = Stage::new(1);
    let odd = start(&stage, "threads");
    stage.await_committed(2);
    odd.line("in a thread", DEADLINE);
    odd.line("in another", DEADLINE);
    ends_in_order(&odd);
}
