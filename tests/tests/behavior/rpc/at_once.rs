//! What needs no state is answered at once, whatever the lanes have in hand.

use std::time::Duration;

use catenae_tests::calls::{NONE, Said, announced};
use catenae_tests::{Child, DEADLINE, eventually, length};

use super::{Asker, Office};
use crate::stage::text;

/// What the project wants of such a call; on a busy machine it is no more than a wish.
const WISH_US: u64 = 50_000;

/// Makes 200 calls one after the other, and says how long they took.
#[track_caller]
fn series(asker: &Asker<'_>, uid: &str, what: &str) {
    // The first one waits until the caller has heard who is there.
    assert_eq!(asker.order(&format!("at:{uid} number 7")), "ok 7");
    let said = asker.order(&format!("series:{uid} 200"));
    let longest = said.split("longest ").nth(1).expect("the longest");
    let longest: u64 = longest
        .split(' ')
        .next()
        .and_then(|us| us.parse().ok())
        .expect("a number");
    let wish = if longest < WISH_US { "in" } else { "out of" };
    eprintln!("{what}: {said}({wish} time)");
    assert!(said.starts_with("right 200 errors 0,"), "{said}");
}

/// The handler does not go on before everything is answered, however long that takes.
#[test]
fn while_the_handler_sleeps() {
    for mode in [&[][..], &["--seq"], &["--sync"]] {
        let office = Office::new();
        let gate = office.stage.gate();
        office.stage.feed(["a", "gate", "b"]);
        let desk = office.desk(&[&["--gate", &gate], mode].concat());
        desk.line("holding the electron", DEADLINE);
        let (hand, uid) = (office.hand(), &*office.uid);
        let needs_state = hand.begin("desk", uid, "tally", &NONE);
        let asker = office.asker("caller", &[]);
        series(&asker, uid, &format!("a handler in hand, {mode:?}"));
        // It is still in hand: what needs the state waits, and nothing came behind the first electron.
        hand.hear(Duration::from_millis(1));
        assert_eq!(hand.take(needs_state), None);
        assert!(length(office.broker(), &office.stage.output) <= 1);
        office.stage.open_gate();
        let tally = hand.answer(needs_state).value();
        assert_eq!(tally.as_array().expect("a pair")[1], 2.into(), "{mode:?}");
        office.stage.await_committed(3);
    }
}

fn count(child: &Child, text: &str) -> usize {
    let lines = child.lines().into_iter();
    lines.filter(|line| line.starts_with(text)).count()
}

#[test]
fn while_every_lane_of_several_has_one_in_hand() {
    let office = Office::new();
    let (gate, uid) = (office.stage.gate(), &*office.uid);
    let pairs: Vec<(String, String)> = (0..400)
        .map(|n| (format!("k{}", n % 64), format!("{n:06}")))
        .collect();
    office.stage.feed_keyed(&pairs);
    let orders = ["--hold", "*", "--gate", &gate, "--uid", uid];
    let lanes = office.stage.start("lanes", &orders);
    announced(office.broker(), uid, 0);
    eventually("every lane has one in hand", DEADLINE, || {
        (count(&lanes, "holding") == 4).then_some(())
    });
    let asker = office.asker("caller", &[]);
    series(&asker, uid, "every lane has one in hand");
    let hand = office.hand();
    let file = office.stage.file("waited");
    let waits = hand.begin("lanes", uid, "wait_for", &[&file]);
    lanes.line("waiting beside the lane", DEADLINE);
    assert_eq!(hand.ask("lanes", uid, "number", &[1]).number(), 1);
    assert_eq!((count(&lanes, "holding"), count(&lanes, "did")), (4, 0));

    // While it is paused no lane takes another one.
    let yes = |name: &str| {
        let said = hand.ask("lanes", uid, name, &NONE);
        assert_eq!(said, Said::Value(true.into()), "{name}");
    };
    yes("pause");
    office.stage.open_gate();
    eventually("those in hand are done", DEADLINE, || {
        (count(&lanes, "did") == 4).then_some(())
    });
    series(&asker, uid, "paused");
    assert_eq!((count(&lanes, "took"), count(&lanes, "did")), (4, 4));
    assert_eq!(office.stage.await_output(4), 4);
    std::fs::write(&file, "").expect("a file");
    assert_eq!(hand.answer(waits), Said::Value(file.as_str().into()));
    yes("resume");
    office.stage.await_committed(400);
    let mut got: Vec<String> = office.stage.read(400).iter().map(text).collect();
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 400);
}
