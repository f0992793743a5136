//! Who is there: instances come, go, die and start again, and no incarnation does what another was asked.

use std::time::Duration;

use catenae_tests::calls::{NONE, To, announced, now_ms, requests_of};
use catenae_tests::{DEADLINE, Signal, eventually, unique};

use super::Office;
use crate::stage::{exits, within};

#[test]
fn instances_come_go_and_die() {
    let office = Office::of_clerks();
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    assert_eq!(asker.order("until:clerk"), "ok live", "none before");
    let (gone, killed) = (unique("clerk"), unique("clerk"));
    let clerks = [office.clerk(&gone), office.clerk(&killed)];
    assert_eq!(
        asker.order(&format!("until:clerk {gone} {killed}")),
        "ok live"
    );

    let said = asker.order(&format!("instance:{}", office.uid));
    let (group, input) = (&office.stage.group, &office.stage.input);
    let head = format!(
        "desk of {group} reads [\"{input}\"] writes [\"{}\"]: ",
        office.stage.output
    );
    assert!(said.starts_with(&head), "{said}\n{head}");
    assert!(
        said.contains("sum(alloc::string::String) -> u64 with the state; "),
        "{said}"
    );
    assert!(said.contains("number(u64) -> u64; "), "{said}");

    // A goodbye counts at once; silence counts after a few announcements.
    within("a goodbye", Duration::from_secs(8), || {
        clerks[0].signal(Signal::Terminate);
        exits(&clerks[0], 0);
        assert_eq!(
            asker.order(&format!("until:clerk {killed} timeout=8000")),
            "ok live"
        );
    });
    let said = asker.order(&format!("at:{gone} number 1 timeout=60000"));
    assert!(
        said.starts_with("NoInstance ") && said.contains("it has stopped"),
        "{said}"
    );
    clerks[1].signal(Signal::Kill);
    // A call that waits for it ends when it counts as dead, long before its deadline.
    let said = asker.order(&format!("at:{killed} number 1 timeout=60000"));
    assert!(said.starts_with("Lost "), "{said}");
    assert_eq!(asker.order("until:clerk"), "ok live", "none any more");
}

/// It heard nobody for longer than an instance may be silent, and itself neither: that says nothing.
#[test]
fn who_was_halted_takes_nobody_for_gone() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &["--kafka", "session.timeout.ms=60000"]);
    let file = office.stage.gate();
    let at = format!("at:{}", office.uid);
    let open = asker.begin(&format!("async {at} hold {file} timeout=120000"));
    desk.line("holding the lane", DEADLINE);
    asker.child.signal(Signal::Stop);
    let until = now_ms() + 13_000;
    eventually("it is halted for thirteen seconds", DEADLINE, || {
        (now_ms() > until).then_some(())
    });
    asker.child.signal(Signal::Continue);
    // Before it can have heard of the desk again.
    assert_eq!(asker.order(&format!("{at} number 1 timeout=60000")), "ok 1");
    office.stage.open_gate();
    assert!(asker.outcome(&open).starts_with("ok "));
}

/// Killed first and found out later: a goodbye needs no missed announcements.
#[test]
fn a_goodbye_is_heard_before_a_silence() {
    let office = Office::of_clerks();
    let (killed, gone) = (unique("clerk"), unique("clerk"));
    let start = |uid: &str| {
        let orders = ["--uid", uid, "--shutdown-timeout", "2"];
        office.stage.start_bare("clerk", &orders)
    };
    let clerks = [start(&killed), start(&gone)];
    let asker = office.asker("caller", &[]);
    assert_eq!(
        asker.order(&format!("until:clerk {killed} {gone}")),
        "ok live"
    );
    let never = office.stage.file("never");
    let waits = [&killed, &gone]
        .map(|uid| asker.begin(&format!("async at:{uid} wait_for {never} timeout=600000")));
    clerks
        .iter()
        .for_each(|clerk| drop(clerk.line("waiting beside the lane", DEADLINE)));
    clerks[0].signal(Signal::Kill);
    let _ = clerks[0].end(DEADLINE);
    clerks[1].signal(Signal::Terminate);
    let said = asker.outcome(&waits[1]);
    assert!(
        said.starts_with("Lost ") && said.contains("it has stopped"),
        "{said}"
    );
    assert_eq!(asker.order(&format!("instance:{gone}")), "not live");
    assert_ne!(asker.order(&format!("instance:{killed}")), "not live");
    exits(&clerks[1], 0);
    let said = asker.outcome(&waits[0]);
    assert!(
        said.starts_with("Lost ") && said.contains("no longer announces itself"),
        "{said}"
    );
    assert_eq!(asker.order(&format!("instance:{killed}")), "not live");
    assert_eq!(asker.order("until:clerk"), "ok live");
}

#[test]
fn a_new_incarnation_inherits_nothing() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let old = announced(office.broker(), uid, 0);
    let asker = office.asker("caller", &[]);
    let never = office.stage.file("never");
    let pending = asker.begin(&format!("async at:{uid} wait_for {never} timeout=600000"));
    let queued = asker.begin(&format!("async at:{uid} hold {never} timeout=600000"));
    desk.line("waiting beside the lane", DEADLINE);
    desk.line("holding the lane", DEADLINE);
    desk.signal(Signal::Kill);
    let _ = desk.end(DEADLINE);

    let again = office.stage.start("desk", &["--uid", uid]);
    let new = announced(office.broker(), uid, old);
    for number in [pending, queued] {
        let said = asker.outcome(&number);
        assert!(said.starts_with("Lost "), "{said}");
        assert!(said.contains("it was started again"), "{said}");
    }
    // What is meant for the old incarnation it leaves alone, also when it comes late.
    let word = unique("word");
    let add = |to, n: u64| {
        let request = hand.request(hand.next_id(), to, "add", &(&word, n));
        hand.send("desk", &request);
    };
    add(To::Incarnation(uid, old), 1);
    add(To::Incarnation(uid, new + 1), 10);
    add(To::Incarnation(uid, new), 100);
    add(To::One(uid), 1000);
    add(To::All, 10_000);
    assert_eq!(hand.ask("desk", uid, "sum", &[&word]).number(), 11_100);
    let held = again
        .lines()
        .iter()
        .any(|line| line.contains("holding the lane"));
    assert!(!held, "{:?}", again.lines());
}

#[test]
fn a_new_instance_runs_nothing_from_before_it_began() {
    let office = Office::new();
    // The first one makes the streams.
    let first = office.desk(&[]);
    let hand = office.hand();
    let (late, word) = (unique("desk"), unique("word"));
    for to in [To::One(&late), To::All, To::One(&late)] {
        hand.send(
            "desk",
            &hand.request(hand.next_id(), to, "add", &(&word, 1)),
        );
    }
    assert_eq!(
        hand.ask("desk", &office.uid, "sum", &[&word]).number(),
        1,
        "it was there"
    );
    assert!(catenae_tests::length(office.broker(), &requests_of("desk")) >= 4);
    let _late = office.stage.start("desk", &["--uid", &late]);
    announced(office.broker(), &late, 0);
    assert_eq!(hand.ask("desk", &late, "sum", &[&word]).number(), 0);
    drop(first);
}

#[test]
fn an_instance_that_speaks_of_itself_by_hand_is_asked_until_it_is_silent() {
    let office = Office::new();
    let asker = office.asker("caller", &[]);
    announced(office.broker(), &asker.uid, 0);
    let (hand, class) = (office.hand(), unique("hands"));
    office.broker().create(&requests_of(&class), 1);
    // Long enough to be seen on a busy machine. Three in a row and a second: then it is gone.
    hand.announce(&class, &["number"], 2000);
    within("silence", Duration::from_secs(30), || {
        assert_eq!(
            asker.order(&format!("until:{class} {}", hand.uid)),
            "ok live"
        );
        let said = asker.order(&format!("at:{} number 1 timeout=60000", hand.uid));
        assert!(
            said.starts_with("Lost ") && said.contains("no longer announces itself"),
            "{said}"
        );
    });
    assert_eq!(asker.order(&format!("until:{class}")), "ok live");
    // It comes back and says goodbye while somebody waits.
    hand.announce(&class, &["number"], 60_000);
    assert_eq!(
        asker.order(&format!("until:{class} {}", hand.uid)),
        "ok live"
    );
    let waits = asker.begin(&format!("at:{} number 1 timeout=60000", hand.uid));
    let request = hand.request_to(&class, 1);
    hand.withdraw();
    let said = asker.outcome(&waits);
    assert!(
        said.starts_with("Lost ") && said.contains("it has stopped"),
        "{said}"
    );
    // Too late: it is counted, and nobody is confused.
    hand.reply(&request, &1, &[]);
    assert_eq!(
        asker
            .order("at:nobody number 1 timeout=100")
            .split(' ')
            .next(),
        Some("NoInstance")
    );
    assert_eq!(
        hand.ask("caller", &asker.uid, "carried_out", &NONE)
            .number(),
        6
    );
}
