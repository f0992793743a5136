//! While it is paused nothing is handled, whatever falls due, and what is asked is answered.

use catenae_tests::calls::{Hand, NONE, Said, announced, now_ms};
use catenae_tests::{Child, DEADLINE, eventually, length, unique};

use super::Office;
use crate::stage::ends_in_order;

/// Where an electron waits for its next attempt.
const WAITS: [&str; 3] = ["", ",park", ",delayed"];

fn attempts(desk: &Child) -> usize {
    let lines = desk.lines().into_iter();
    let attempts = lines.filter(|line| line.contains("ordered to fail, attempt "));
    attempts.count()
}

#[track_caller]
fn yes(hand: &Hand<'_>, class: &str, uid: &str, name: &str) {
    let said = hand.ask(class, uid, name, &NONE);
    assert_eq!(said, Said::Value(true.into()), "{name}");
}

/// A desk with an electron that failed, and the stream that it may be delayed on.
fn with_a_retry(wait: &str, backoff: &str) -> (Office, Child) {
    let office = Office::new();
    if wait == ",delayed" {
        let side = format!("{}.desk.retry", office.stage.input);
        office.broker().create(&side, 1);
    }
    office.stage.feed(["a", "err", "b"]);
    let retry = format!("max=6,backoff={backoff}{wait}");
    let desk = office.desk(&["--retry", &retry, "--on-error", "skip"]);
    desk.line("ordered to fail, attempt 1", DEADLINE);
    (office, desk)
}

#[test]
fn a_retry_falls_due_and_is_not_made() {
    for wait in WAITS {
        let (office, desk) = with_a_retry(wait, "600ms..600ms");
        let (hand, uid) = (office.hand(), &*office.uid);
        yes(&hand, "desk", uid, "pause");
        // The lane answers between two attempts: none is under way behind that.
        let handled = office.tally(&hand);
        let (made, written) = (
            attempts(&desk),
            length(office.broker(), &office.stage.output),
        );
        assert!(made < 7, "{wait}: it was paused too late");
        office.stage.feed(["c"]);
        let until = now_ms() + 1500;
        let mut asked = 0;
        eventually("calls are answered meanwhile", DEADLINE, || {
            assert_eq!(office.tally(&hand), handled, "{wait}");
            asked += 1;
            assert_eq!(hand.ask("desk", uid, "add", &("x", 1)).number(), asked);
            (now_ms() > until).then_some(())
        });
        assert_eq!(attempts(&desk), made, "{wait}");
        assert_eq!(length(office.broker(), &office.stage.output), written);
        yes(&hand, "desk", uid, "resume");
        desk.line("ordered to fail, attempt 7", DEADLINE);
        office.stage.await_committed(4);
        assert_eq!(office.stage.lines(3), ["a", "b", "c"], "{wait}");
        assert_eq!(office.tally(&hand), (1, 3), "{wait}");
        assert_eq!(hand.ask("desk", uid, "sum", &["x"]).number(), asked);
    }
}

#[test]
fn a_stop_ends_a_pause() {
    for wait in WAITS {
        let (office, desk) = with_a_retry(wait, "300ms..300ms");
        let (hand, uid) = (office.hand(), &*office.uid);
        yes(&hand, "desk", uid, "pause");
        office.tally(&hand);
        let made = attempts(&desk);
        office.stage.feed(["c"]);
        ends_in_order(&desk);
        assert_eq!(
            attempts(&desk),
            made,
            "{wait}: nothing is begun for the end"
        );
        // A pause belongs to an incarnation: the next one goes on.
        let next = office.stage.start("desk", &["--on-error", "skip"]);
        office.stage.await_committed(4);
        let mut lines = office.stage.lines(3);
        lines.dedup();
        assert_eq!(lines, ["a", "b", "c"], "{wait}");
        drop(next);
    }
}

#[test]
fn a_source_that_is_due_is_not_called() {
    let office = Office::new();
    let uid = unique("ticker");
    let _ticker = office.stage.start_source("ticker", &["--uid", &uid]);
    announced(office.broker(), &uid, 0);
    let hand = office.hand();
    let ticks = || hand.ask("ticker", &uid, "ticks", &NONE).number();
    office.stage.await_output(2);
    yes(&hand, "ticker", &uid, "pause");
    // It answers between two calls of the function.
    let before = ticks();
    let until = now_ms() + 500;
    eventually("calls are answered meanwhile", DEADLINE, || {
        assert_eq!(ticks(), before);
        (now_ms() > until).then_some(())
    });
    yes(&hand, "ticker", &uid, "resume");
    eventually("it goes on", DEADLINE, || {
        (ticks() > before + 2).then_some(())
    });
    let there = usize::try_from(before).expect("few") + 2;
    let lines = office.stage.lines(there);
    let mut numbers: Vec<u64> = lines
        .iter()
        .map(|line| line.parse().expect("a number"))
        .collect();
    numbers.sort_unstable();
    let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "none is left out, and none comes twice");
}
