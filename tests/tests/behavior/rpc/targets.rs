//! Whom a call reaches: one, any, all, everybody; and those who do not answer.

use std::time::Duration;

use catenae_tests::calls::NONE;
use catenae_tests::{DEADLINE, Signal, TestBroker, unique};

use super::Office;

/// Two ids, the lesser first.
fn two() -> [String; 2] {
    let mut two = [unique("clerk"), unique("clerk")];
    two.sort();
    two
}

#[test]
fn one_any_all_and_everybody() {
    let office = Office::of_clerks();
    let [a, b] = two();
    let _clerks = [office.clerk(&a), office.clerk(&b)];
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    assert_eq!(asker.order(&format!("until:clerk {a} {b}")), "ok live");

    assert_eq!(asker.order(&format!("at:{a} number 7")), "ok 7");
    let said = asker.order(&format!("at:{b} who"));
    assert_eq!(said, format!("ok \"caller/{} asks clerk/{b}\"", asker.uid));

    let said: String = (0..12).map(|_| asker.order("any:clerk who")).collect();
    assert!(
        said.contains(&a) && said.contains(&b),
        "one of them never: {said}"
    );

    let said = asker.order("all:clerk number 3");
    assert_eq!(said, format!("answers [{a}:3 {b}:3] missing []"));

    // Others are there on a Kafka that is shared; the caller has no such method, and is not asked.
    let said = asker.order("everybody number 9");
    for uid in [&a, &b, &office.uid] {
        assert!(said.contains(&format!("{uid}:9")), "{uid}: {said}");
    }
    assert!(!said.contains(&asker.uid), "{said}");
    if let TestBroker::Embedded(_) = office.broker() {
        let expected = format!("answers [{a}:9 {b}:9 {}:9] missing []", office.uid);
        assert_eq!(said, expected);
    }
}

#[test]
fn who_does_not_answer_is_named() {
    let office = Office::of_clerks();
    let [a, b] = two();
    let clerks = [office.clerk(&a), office.clerk(&b)];
    let asker = office.asker("caller", &[]);
    let both = format!("until:clerk {a} {b}");
    assert_eq!(asker.order(&both), "ok live");
    clerks[1].signal(Signal::Stop);
    let said = asker.order(&format!("at:{b} number 1 timeout=300"));
    assert!(said.starts_with("Timeout "), "{said}");
    let said = asker.order("all:clerk number 4 timeout=300");
    assert_eq!(said, format!("answers [{a}:4] missing [{b}:Timeout]"));
    // Content with one, it does not wait for the other.
    let said = asker.order("all:clerk number 5 timeout=60000 quorum=1");
    assert_eq!(said, format!("answers [{a}:5] missing [{b}:Timeout]"));
    // The one that answered is preferred now.
    for _ in 0..6 {
        let said = asker.order("any:clerk who timeout=20000");
        assert!(said.contains(&a), "{said}");
    }
    clerks[1].signal(Signal::Continue);
    assert_eq!(asker.order(&both), "ok live");
    let said = asker.order("all:clerk number 6");
    assert_eq!(said, format!("answers [{a}:6 {b}:6] missing []"));
    // What it could not hear in time did not run.
    let hand = office.hand();
    assert!(hand.count("clerk", &b, "expired") >= 2);
}

#[test]
fn a_notification_is_carried_out_and_a_call_goes_back() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let (desk_uid, me) = (&office.uid, &asker.uid);
    assert_eq!(
        asker.order(&format!("at:{desk_uid} print told so notify")),
        "ok told"
    );
    desk.line("told so", DEADLINE);
    assert_eq!(
        asker.order(&format!("at:{desk_uid} call_back please")),
        "ok Ok(())"
    );
    asker.child.line("called back: please", DEADLINE);
    // Nobody is told of a notification to nobody but the log.
    let said = asker.order("at:nobody print x notify timeout=200");
    assert_eq!(said, "ok told");
    asker.child.line(
        "rpc `print` to instance `nobody`: no live instance is known",
        DEADLINE,
    );
    // A panic of one that nobody waits for is in the log of who ran it.
    assert_eq!(
        asker.order(&format!("at:{desk_uid} crash notify")),
        "ok told"
    );
    desk.line("as a notification, was not carried out", DEADLINE);
    assert_eq!(asker.order(&format!("at:{me} print x")), "ok ()");
}

#[test]
fn nobody_by_that_name() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let desk = &office.uid;
    let check = |order: &str, expected: &str| {
        let said = asker.order(order);
        assert!(said.starts_with(expected), "{order}: {said}");
    };
    assert_eq!(asker.order(&format!("at:{desk} number 1")), "ok 1");
    check(
        "at:nobody number 1 timeout=300",
        "NoInstance rpc `number` to instance `nobody`",
    );
    check(
        "any:no_class number 1 timeout=300",
        "NoInstance rpc `number` to any instance of `no_class`",
    );
    check("all:no_class number 1 timeout=300", "NoInstance ");
    // A method that the class does not have is known at once.
    check(
        &format!("at:{desk} carried_out timeout=60000"),
        "UnknownMethod ",
    );
    check("any:desk carried_out timeout=60000", "UnknownMethod ");
    check("all:desk carried_out timeout=60000", "UnknownMethod ");
    check(&format!("at:{desk} number 1 timeout=0"), "Timeout ");
    // By hand: what the desk itself says.
    let hand = office.hand();
    let said = hand.ask("desk", desk, "no_method", &NONE);
    assert_eq!(said.kind(), "unknown_method");
    assert!(
        format!("{said:?}").contains("`tear_shared`"),
        "it lists what there is: {said:?}"
    );
    let id = hand.begin("desk", "nobody", "number", &[1]);
    assert_eq!(hand.ask("desk", desk, "number", &[2]).number(), 2);
    hand.hear(Duration::from_millis(1));
    assert_eq!(hand.take(id), None, "it is for somebody else");
}
