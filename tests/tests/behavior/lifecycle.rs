//! Sources, setup and finish, and what becomes of their failures.

use catenae_tests::{DEADLINE, Signal, eventually};

use crate::stage::{Stage, ends_in_order, exits, numbered, same, text};

#[test]
fn a_source_sends_all_its_items_and_ends() {
    let stage = Stage::new(1);
    let source = stage.start_source("numbers", &["--numbers", "5000"]);
    exits(&source, 0);
    let expected: Vec<String> = (0..5000).map(|n: u32| n.to_string()).collect();
    let got: Vec<String> = stage.read(5000).iter().map(text).collect();
    same(&got, &expected);
    assert_eq!(stage.await_output(5000), 5000);
}

#[test]
fn a_failing_item_of_a_source_is_status_1_behind_what_it_sent() {
    let stage = Stage::new(1);
    let source = stage.start_source("numbers", &["--broken", "3"]);
    exits(&source, 1);
    source.line("number 3 is broken", DEADLINE);
    assert_eq!(stage.lines(3), ["0", "1", "2"]);
}

#[test]
fn a_periodic_source_is_called_until_it_is_stopped() {
    let stage = Stage::new(1);
    let source = stage.start_source("ticker", &[]);
    stage.await_output(5);
    ends_in_order(&source);
    let got: Vec<String> = stage.read(5).iter().map(text).collect();
    assert_eq!(got, ["1", "2", "3", "4", "5"]);
}

#[test]
fn state_is_built_kept_and_finished() {
    let stage = Stage::new(1);
    stage.feed(["a", "b", "stop"]);
    let keeper = stage.start("keeper", &["--uid", "me"]);
    exits(&keeper, 0);
    keeper.line(&format!("began as me of {}", stage.group), DEADLINE);
    keeper.line("ended with 3", DEADLINE);
    keeper.line("the text said so", DEADLINE);
    assert_eq!(stage.lines(1), ["total 3"]);
    assert_eq!(stage.committed(), 3);
}

#[test]
fn failing_beginnings_and_ends_are_status_1_and_say_why() {
    let check = |trouble: &str, expected: &str, committed: i64| {
        let stage = Stage::new(1);
        stage.feed(["a", "stop"]);
        let keeper = stage.start("keeper", &["--trouble", trouble]);
        exits(&keeper, 1);
        keeper.line(expected, DEADLINE);
        assert_eq!(stage.committed(), committed, "{trouble}");
    };
    check("setup", "ordered to fail in setup", 0);
    check("setup-panic", "ordered to panic", 0);
    // What was settled before stays settled.
    check("finish", "ordered to fail in finish", 2);
    check("finish-panic", "ordered to panic", 2);
}

#[test]
fn a_stop_from_inside_takes_nothing_further() {
    let stage = Stage::new(1);
    stage.feed(
        ["a", "stop"]
            .map(str::to_owned)
            .into_iter()
            .chain(numbered("late", 500)),
    );
    let keeper = stage.start("keeper", &[]);
    exits(&keeper, 0);
    keeper.line("ended with 2", DEADLINE);
    assert_eq!(stage.committed(), 2);
    let again = stage.start("keeper", &[]);
    again.line("kept late-000499", DEADLINE);
    again.signal(Signal::Interrupt);
    exits(&again, 0);
    again.line("ended with 500", DEADLINE);
    eventually("all committed", DEADLINE, || {
        (stage.committed() == 502).then_some(())
    });
}
