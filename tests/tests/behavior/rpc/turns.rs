//! When a call has its turn: ahead of the electrons that wait, or at once.

use catenae_tests::calls::{Hand, NONE, Said};
use catenae_tests::{DEADLINE, Signal, eventually, unique};

use super::Office;
use crate::stage::{exits, numbered};

/// Waits until so many calls are admitted and not answered, besides the one that asks.
#[track_caller]
fn running(office: &Office, hand: &Hand<'_>, calls: u64) {
    eventually("the calls have arrived", DEADLINE, || {
        (hand.count("desk", &office.uid, "running") == calls + 1).then_some(())
    });
}

/// The numbers of electrons are compared, not times: an answer comes after the one in hand.
#[test]
fn ahead_of_the_electrons_that_wait() {
    for mode in [&[][..], &["--seq"], &["--sync"]] {
        let office = Office::new();
        let gate = office.stage.gate();
        let mut lines = numbered("line", 3000);
        lines[40] = "gate".to_owned();
        if mode.contains(&"--sync") {
            lines.truncate(300);
        }
        let count = lines.len();
        office.stage.feed(&lines);
        let desk = office.desk(&[&["--gate", &gate], mode].concat());
        desk.line("holding the electron", DEADLINE);
        let hand = office.hand();
        let waiting: Vec<u64> = (0..3)
            .map(|_| hand.begin("desk", &office.uid, "tally", &NONE))
            .collect();
        running(&office, &hand, 3);
        office.stage.open_gate();
        for id in waiting {
            let tally = hand.answer(id).value();
            let handled = &tally.as_array().expect("a pair")[1];
            assert_eq!(handled, &41.into(), "{mode:?}: of {count}");
        }
        office
            .stage
            .await_committed(i64::try_from(count).expect("few"));
        assert_eq!(office.tally(&hand), (1, count as u64));
    }
}

#[test]
fn between_two_attempts() {
    let waits = [
        "max=3,backoff=60s..60s",
        "max=3,backoff=60s..60s,park",
        "max=3,backoff=60s..60s,delayed",
    ];
    for retry in waits {
        let office = Office::new();
        if retry.ends_with("delayed") {
            let side = format!("{}.desk.retry", office.stage.input);
            office.broker().create(&side, 1);
        }
        office.stage.feed(["a", "err", "b"]);
        let desk = office.desk(&["--retry", retry]);
        desk.line("ordered to fail, attempt 1", DEADLINE);
        let hand = office.hand();
        assert_eq!(office.tally(&hand).0, 1, "{retry}");
        assert_eq!(hand.ask("desk", &office.uid, "add", &("x", 2)).number(), 2);
        assert_eq!(hand.ask("desk", &office.uid, "sum", &["x"]).number(), 2);
        let attempts = desk.lines();
        let attempts = attempts
            .iter()
            .filter(|line| line.contains("ordered to fail, attempt"));
        assert_eq!(attempts.count(), 1, "{retry}: the pause is not over");
    }
}

/// What needs no state is answered whatever the lane does, and until the end.
#[test]
fn beside_a_busy_lane() {
    let office = Office::new();
    let gate = office.stage.gate();
    office.stage.feed(["a", "gate", "b"]);
    let desk = office.desk(&["--gate", &gate, "--shutdown-timeout", "50"]);
    desk.line("holding the electron", DEADLINE);
    let (hand, uid) = (office.hand(), &*office.uid);
    let asked = |n: u64| assert_eq!(hand.ask("desk", uid, "number", &[n]).number(), n);
    for n in 0..50 {
        asked(n);
    }
    // Those that wait hold nobody up either, with a thread or without.
    let file = office.stage.file("waited");
    let waiting = ["wait_for", "wait_async"].map(|name| hand.begin("desk", uid, name, &[&file]));
    desk.line("waiting beside the lane", DEADLINE);
    asked(50);
    let needs_state = hand.begin("desk", uid, "tally", &NONE);
    running(&office, &hand, 3);
    // A pause changes nothing about that, nor does a stop with an electron in hand.
    assert_eq!(
        hand.ask("desk", uid, "pause", &NONE),
        Said::Value(true.into())
    );
    asked(51);
    desk.signal(Signal::Terminate);
    desk.line("SIGTERM received", DEADLINE);
    asked(52);
    running(&office, &hand, 3);
    std::fs::write(&file, "").expect("a file");
    for id in waiting {
        assert_eq!(hand.answer(id), Said::Value(file.as_str().into()));
    }
    office.stage.open_gate();
    exits(&desk, 0);
    // Whichever was first, it was told.
    match hand.answer(needs_state) {
        Said::Value(_) => {}
        said @ Said::Refusal(..) => assert_eq!(said.kind(), "stopping"),
    }
}

#[test]
fn a_call_that_keeps_the_lane_keeps_electrons_only() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let file = office.stage.gate();
    let holding = hand.begin("desk", uid, "hold", &[&file]);
    desk.line("holding the lane", DEADLINE);
    office.stage.feed(["a", "b"]);
    for n in 0..20 {
        assert_eq!(hand.ask("desk", uid, "number", &[n]).number(), n);
    }
    let behind = hand.begin("desk", uid, "tally", &NONE);
    running(&office, &hand, 2);
    office.stage.open_gate();
    hand.answer(holding).value();
    let tally = hand.answer(behind).value();
    assert_eq!(
        tally.as_array().expect("a pair")[1],
        0.into(),
        "ahead of both"
    );
    office.stage.await_committed(2);
}

/// What has not run where it waited runs elsewhere: the refusal is there before the goodbye.
#[test]
fn what_waits_at_a_stop_is_asked_elsewhere() {
    let office = Office::new();
    let [stops, stays] = [(); 2].map(|()| unique("desk"));
    let start = |uid: &str| office.stage.start("desk", &["--uid", uid]);
    let (desk, _other) = (start(&stops), start(&stays));
    let asker = office.asker("caller", &[]);
    assert_eq!(
        asker.order(&format!("until:desk {stops} {stays}")),
        "ok live"
    );
    let gate = office.stage.gate();
    let holding = asker.begin(&format!("async at:{stops} hold {gate} timeout=60000"));
    desk.line("holding the lane", DEADLINE);
    let calls = 40;
    let open: Vec<String> = (0..calls)
        .map(|_| asker.begin("async any:desk add word 1 timeout=60000"))
        .collect();
    let hand = office.hand();
    eventually("the calls have arrived", DEADLINE, || {
        let waiting = hand.count("desk", &stops, "running");
        (waiting > 2 && hand.count("caller", &asker.uid, "open") == waiting - 1).then_some(())
    });
    desk.signal(Signal::Terminate);
    desk.line("SIGTERM received", DEADLINE);
    office.stage.open_gate();
    for number in &open {
        let said = asker.outcome(number);
        assert!(said.starts_with("ok "), "{said}");
    }
    asker.outcome(&holding);
    exits(&desk, 0);
    let sum = asker.order(&format!("at:{stays} sum word"));
    assert_eq!(sum, format!("ok {calls}"), "each ran once, and elsewhere");
}
