//! Links of one process that call each other, and are called from outside.

use std::time::Duration;

use catenae_tests::Signal;
use catenae_tests::calls::{Hand, NONE, Said, To, field, map};
use catenae_tests::{Child, DEADLINE, OwnBroker, eventually};
use ciborium::Value;
use serde::Serialize;

use crate::stage::{Stage, exits, probe_path, within};

/// A pair that runs, on a broker of its own: its streams have fixed names.
fn pair(gate: &str, own: &OwnBroker) -> (Stage, Child) {
    let stage = Stage::bare(own.broker());
    let pair = stage.start_bare("pair", &["--gate", &stage.file(gate)]);
    (stage, pair)
}

fn broker() -> OwnBroker {
    let streams = [("parcels", 1), ("entered", 1)];
    OwnBroker::start(&probe_path("broker"), &streams)
}

/// Asks whoever is of the class: ids are made up at the start.
fn begin(hand: &Hand<'_>, class: &str, method: &str, arguments: &impl Serialize) -> u64 {
    let id = hand.next_id();
    hand.send(class, &hand.request(id, To::All, method, arguments));
    id
}

#[track_caller]
fn ask(hand: &Hand<'_>, class: &str, method: &str, arguments: &impl Serialize) -> Said {
    hand.answer(begin(hand, class, method, arguments))
}

/// Waits until everything has passed but the last parcel.
#[track_caller]
fn all_but_one_passed(hand: &Hand<'_>) {
    eventually("all but one have passed", DEADLINE, || {
        // It hears nothing that was asked before it has found its place.
        let id = begin(hand, "front", "passed", &NONE);
        hand.hear(Duration::from_millis(200));
        let (_, said) = hand.take(id)?;
        (said.number() == 199).then_some(())
    });
}

/// Where a line is that begins so.
#[track_caller]
fn place(child: &Child, text: &str) -> usize {
    let lines = child.lines();
    let found = lines.iter().position(|line| line.contains(text));
    found.unwrap_or_else(|| panic!("no `{text}`: {lines:#?}"))
}

#[test]
fn they_end_link_after_link_and_no_call_is_lost() {
    let own = broker();
    let (stage, pair) = pair("gate", &own);
    pair.line("front", DEADLINE);
    let broker = own.broker();
    let hand = Hand::new(&broker);
    all_but_one_passed(&hand);
    let sum = (1..200_u64).sum::<u64>();
    let said = ask(&hand, "front", "relay", &[1000]).value();
    assert_eq!(said, map(&[("Ok", (sum + 1000).into())]));
    let said = ask(&hand, "back", "enter", &[10_000]);
    assert_eq!(said, Said::Value((sum + 11_000).into()));
    stage.open_gate();
    exits(&pair, 0);
    let front = place(&pair, "front: 200 passed");
    let end = format!("back: 200 came, the sum is {}", sum + 11_200);
    assert!(front < place(&pair, &end), "{:#?}", pair.lines());
}

#[test]
fn a_signal_ends_them_in_time_with_a_call_between_them() {
    let own = broker();
    let (stage, pair) = pair("never", &own);
    pair.line("front", DEADLINE);
    let broker = own.broker();
    let hand = Hand::new(&broker);
    all_but_one_passed(&hand);
    let file = stage.file("waited");
    let waits = begin(&hand, "front", "relay_wait", &[&file]);
    pair.line("waiting beside the lane", DEADLINE);
    // The source is let go: what is in its hand ends with it.
    pair.signal(Signal::Terminate);
    pair.line("SIGTERM received", DEADLINE);
    std::fs::write(stage.file("never"), "").expect("a file");
    within("a stop", Duration::from_secs(10), || exits(&pair, 0));
    match hand.answer(waits) {
        Said::Refusal(kind, _) => assert_eq!(kind, "stopping"),
        Said::Value(value) => {
            let why = field(&value, "Err");
            assert!(matches!(why, Value::Text(_)), "{why:?}");
        }
    }
}
