//! A broker that goes away in the middle of calls and comes back: each call ends, and then they succeed again.

use std::collections::HashMap;

use catenae_tests::{Child, DEADLINE, OwnBroker, TestBroker, eventually};

use super::{Asker, Office};

/// Waits for a line with the text that is not among the first `seen`; returns how many there are.
#[track_caller]
fn next(child: &Child, text: &str, seen: usize) -> usize {
    let what = format!("a new line with `{text}`");
    eventually(&what, DEADLINE, || {
        let lines = child.lines();
        let found = lines.iter().skip(seen).any(|line| line.contains(text));
        found.then_some(lines.len())
    })
}

/// The figures of `rounds`.
fn figures(said: &str) -> HashMap<&str, u64> {
    let pairs = said.split_whitespace().filter_map(|word| {
        let (name, number) = word.split_once('=')?;
        Some((name, number.parse().ok()?))
    });
    pairs.collect()
}

/// The broker is away for so many rounds, which take two seconds each: once shorter than an instance may be
/// silent, and once longer.
const AWAY: [usize; 2] = [1, 7];

/// Calls go on while `away` takes the broker and `back` gives it back.
#[track_caller]
fn calls_outlive(
    own: &OwnBroker,
    office: &Office,
    away: impl Fn(&OwnBroker),
    back: impl Fn(&OwnBroker),
) {
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let (uid, file) = (&office.uid, office.stage.file("enough"));
    assert_eq!(asker.order(&format!("at:{uid} number 1")), "ok 1");
    let rounds = asker.begin(&format!("async rounds:{uid} word {file} timeout=2000"));
    let mut seen = next(&asker.child, "rounds: answered", 0);
    asker.settled();
    for rounds in AWAY {
        away(own);
        for _ in 0..rounds {
            seen = next(&asker.child, "rounds: Timeout", seen);
        }
        back(own);
        seen = next(&asker.child, "rounds: answered", seen);
    }
    std::fs::write(&file, "").expect("a file");
    // The outcome is there when every single call has ended.
    let said = asker.outcome(&rounds);
    eprintln!("{said}");
    // Who hears nobody takes nobody for gone.
    for kind in ["NoInstance", "Lost"] {
        assert!(!said.contains(kind), "{said}");
    }
    all_fits(&asker, office, &said);
    // It is over: no later one is disturbed, and nobody had to start again.
    let said = asker.order(&format!("series:{uid} 50 timeout=60000"));
    assert!(said.starts_with("right 50 errors 0,"), "{said}");
    let built = desk
        .lines()
        .iter()
        .filter(|line| line.contains("built "))
        .count();
    assert_eq!(built, 1, "{:#?}", desk.lines());
    office.stage.feed(["a", "b"]);
    office.stage.await_committed(2);
    assert_eq!(asker.order(&format!("at:{uid} tally")), "ok (1, 2)");
}

/// What ran is at least what was answered, and at most what was asked.
#[track_caller]
fn all_fits(asker: &Asker<'_>, office: &Office, said: &str) {
    let of = figures(said);
    let ran = asker.order(&format!("at:{} sum word timeout=60000", office.uid));
    let ran: u64 = ran.trim_start_matches("ok ").parse().expect("a number");
    eprintln!(
        "{ran} of {} adds ran, {} were answered",
        of["adds"], of["added"]
    );
    assert!(of["added"] <= ran && ran <= of["adds"], "{ran}: {said}");
    assert!(of["answered"] < of["calls"], "the broker was away: {said}");
    let hand = office.hand();
    assert_eq!(hand.count("caller", &asker.uid, "open"), 0);
}

#[test]
fn a_broker_that_is_silent_for_a_while() {
    let (own, office) = Office::of_its_own();
    calls_outlive(&own, &office, OwnBroker::pause, OwnBroker::resume);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_broker_that_is_killed_and_starts_again() {
    TestBroker::require_kafka();
    // It is let in again when its old session is over.
    let (own, office) =
        Office::of_its_own_with("broker.session.timeout.ms=2000\nbroker.heartbeat.interval.ms=500");
    calls_outlive(&own, &office, OwnBroker::kill, OwnBroker::restart);
}
