//! A method that panics, and one that sends.

use catenae_tests::calls::{NONE, Said};
use catenae_tests::{DEADLINE, eventually, read_committed};

use super::Office;
use crate::stage::{Stage, exits, text};

#[test]
fn a_panic_is_an_error_to_the_caller_and_the_link_goes_on() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let ask = |name: &str| hand.ask("desk", uid, name, &NONE);
    assert_eq!(hand.ask("desk", uid, "add", &("x", 1)).number(), 1);
    office.stage.feed(["a", "b"]);
    office.stage.await_committed(2);
    assert_eq!(office.tally(&hand), (1, 2));

    // Without the state nothing is torn.
    let said = ask("crash");
    assert_eq!(said, panicked("ordered to panic beside the lane"));
    assert_eq!(office.tally(&hand), (1, 2));

    // With it the state is rebuilt, and what it held is gone.
    let said = ask("tear");
    assert_eq!(said, panicked("ordered to panic with the state"));
    desk.line("built 2", DEADLINE);
    assert_eq!(office.tally(&hand), (2, 0));
    assert_eq!(hand.ask("desk", uid, "sum", &["x"]).number(), 0);

    // One that only looks tears nothing: the state stays.
    let said = ask("tear_shared");
    assert_eq!(said, panicked("ordered to panic at 2"));
    assert_eq!(office.tally(&hand), (2, 0));

    office.stage.feed(["c"]);
    office.stage.await_committed(3);
    assert_eq!(office.tally(&hand), (2, 1));
    assert_eq!(office.stage.lines(3), ["a", "b", "c"]);
}

fn panicked(detail: &str) -> Said {
    Said::Refusal("panicked".to_owned(), detail.to_owned())
}

/// Beside the lane, too, a method has the stack of one: a smaller one would end the process.
#[test]
fn a_method_may_go_as_deep_as_on_a_lane() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let hand = office.hand();
    for _ in 0..3 {
        let said = hand.ask("desk", &office.uid, "deep", &[60]);
        assert_eq!(said.number(), 61);
    }
}

#[test]
fn a_state_that_cannot_be_built_anew_is_the_end() {
    let office = Office::new();
    let trouble = office.stage.file("trouble");
    let desk = office.desk(&["--trouble", &trouble]);
    let hand = office.hand();
    office.stage.feed(["a"]);
    office.stage.await_committed(1);
    std::fs::write(&trouble, "").expect("a file");
    let torn = hand.begin("desk", &office.uid, "tear", &NONE);
    let behind = hand.begin("desk", &office.uid, "tally", &NONE);
    assert_eq!(hand.answer(torn).kind(), "panicked");
    exits(&desk, 1);
    desk.line("ordered to fail in setup", DEADLINE);
    assert_eq!(
        hand.answer(behind).kind(),
        "stopping",
        "nobody waits for nothing"
    );
}

#[test]
fn what_a_method_sends_is_sent() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    assert_eq!(hand.ask("desk", uid, "say", &["from the lane"]).number(), 0);
    let said = hand
        .ask("desk", uid, "say_beside", &["from beside"])
        .value();
    assert!(format!("{said:?}").contains("Ok"), "{said:?}");
    let lines = office.stage.lines(2);
    assert_eq!(lines, ["from beside", "from the lane"]);
}

/// A transaction has what the lane sends; nothing else may slip into it.
#[test]
#[ignore = "needs Apache Kafka"]
fn exactly_once_sends_from_the_lane_alone() {
    let stage = Stage::kafka(1);
    let office = Office::on(stage);
    let _desk = office.desk(&["--delivery", "exactly-once"]);
    let (hand, uid) = (office.hand(), &*office.uid);
    assert_eq!(hand.ask("desk", uid, "say", &["from the lane"]).number(), 0);
    office.stage.feed(["a", "b"]);
    office.stage.await_committed(2);
    let said = hand.ask("desk", uid, "say_beside", &["from beside"]);
    assert_eq!(said.kind(), "failed", "whatever the method made of it");
    assert!(
        format!("{said:?}").contains("under exactly-once"),
        "it says why: {said:?}"
    );
    let committed = || read_committed(&office.stage.broker, &office.stage.output);
    let lines = eventually("the transactions are over", DEADLINE, || {
        let mut lines: Vec<String> = committed().iter().map(text).collect();
        lines.sort();
        (lines.len() >= 3).then_some(lines)
    });
    assert_eq!(lines, ["a", "b", "from the lane"]);
    assert_eq!(office.tally(&hand), (1, 2));
}
