//! At most once: an electron is committed before it is handled, and never handled again.

use catenae_tests::{DEADLINE, Signal, eventually};

use crate::stage::{Stage, ends_in_order, exits, numbered, same};

const AT_MOST: [&str; 2] = ["--delivery", "at-most-once"];

#[test]
fn it_is_committed_before_it_is_handled() {
    let stage = Stage::new(1);
    let lines = numbered("line", 50);
    stage.feed(&lines);
    let gate = stage.gate();
    let options = [&AT_MOST[..], &["--hold", &lines[0], "--gate", &gate]].concat();
    let worker = stage.start("worker", &options);
    worker.line("at-most-once: inputs are committed before", DEADLINE);
    worker.line("holding", DEADLINE);
    let committed = stage.committed();
    assert!(committed >= 1, "{committed}");
    worker.signal(Signal::Kill);
    let _ = worker.end(DEADLINE);
    let again = stage.start("worker", &AT_MOST);
    stage.await_committed(50);
    let rest = usize::try_from(committed).unwrap();
    same(&stage.lines(50 - rest), &lines[rest..]);
    ends_in_order(&again);
}

#[test]
fn killed_instances_repeat_nothing() {
    let stage = Stage::new(4);
    let lines = numbered("line", 12_000);
    stage.feed(&lines);
    let options = [&AT_MOST[..], &["--quiet", "--work", "1"]].concat();
    for _ in 0..3 {
        let before = stage.committed();
        let worker = stage.start("worker", &options);
        eventually("it goes on", DEADLINE, || {
            (stage.committed() > before).then_some(())
        });
        worker.signal(Signal::Kill);
        let _ = worker.end(DEADLINE);
    }
    let last = stage.start("worker", &options);
    stage.await_committed(12_000);
    ends_in_order(&last);
    let mut once = stage.lines(0);
    once.dedup();
    assert_eq!(once.len(), stage.await_output(0), "one was handled twice");
}

#[test]
fn a_clean_stop_and_changes_lose_nothing() {
    let stage = Stage::new(4);
    let lines = numbered("line", 8000);
    stage.feed(&lines);
    let options = [&AT_MOST[..], &["--quiet", "--work", "1"]].concat();
    let first = stage.start("worker", &options);
    stage.await_output(200);
    let second = stage.start("worker", &options);
    second.line("assigned: ", DEADLINE);
    ends_in_order(&first);
    stage.await_committed(8000);
    ends_in_order(&second);
    same(&stage.lines(8000), &lines);
}

#[test]
fn a_failure_says_what_is_not_read_again() {
    let stage = Stage::new(1);
    let lines = numbered("line", 60);
    stage.feed(&lines);
    let options = [&AT_MOST[..], &["--fail", &lines[0]]].concat();
    let worker = stage.start("worker", &options);
    exits(&worker, 1);
    let error = worker.line("error: worker/", DEADLINE);
    assert!(error.contains("is not read again"), "{error}");
    let committed = usize::try_from(stage.committed()).unwrap();
    assert!(committed >= 1);
    if committed > 1 {
        let lost = format!("{} electrons were committed", committed - 1);
        worker.line(&lost, DEADLINE);
    }
    let _again = stage.start("worker", &AT_MOST);
    stage.await_committed(60);
    same(&stage.lines(60 - committed), &lines[committed..]);
}
