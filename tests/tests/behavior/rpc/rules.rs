//! What does not run, and what is not believed: late, repeated, of an older incarnation, or from nobody asked.

use catenae_tests::calls::{Said, To, now_ms, requests_of};
use catenae_tests::{DEADLINE, eventually, unique};

use super::Office;

#[test]
fn late_requests_do_not_run_and_repeated_ones_run_once() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let sum = || hand.ask("desk", uid, "sum", &["x"]).number();
    let count = |name: &str| hand.count("desk", uid, name);

    // Its deadline is past when it comes.
    let id = hand.next_id();
    let mut late = hand.request(id, To::One(uid), "add", &("x", 1));
    set(&mut late, "deadline", now_ms() - 1);
    hand.send("desk", &late);
    set(&mut late, "deadline", 0);
    hand.send("desk", &late);
    assert_eq!(sum(), 0);
    assert_eq!(hand.take(id), None, "nobody is told: nobody waits");
    assert_eq!(count("expired"), 2);

    // Its deadline passes while it waits for its turn.
    let gate = office.stage.gate();
    let holding = hand.begin("desk", uid, "hold", &[&gate]);
    let id = hand.next_id();
    let mut brief = hand.request(id, To::One(uid), "add", &("x", 10));
    let deadline = now_ms() + 400;
    set(&mut brief, "deadline", deadline);
    hand.send("desk", &brief);
    eventually("it waits", DEADLINE, || {
        (count("running") == 3 || now_ms() > deadline).then_some(())
    });
    eventually("its deadline is past", DEADLINE, || {
        (now_ms() > deadline).then_some(())
    });
    office.stage.open_gate();
    hand.answer(holding).value();
    assert_eq!(sum(), 0);
    assert_eq!(hand.take(id), None);
    assert_eq!(count("expired"), 3);

    // The same bytes twice, while it runs and afterwards.
    let id = hand.next_id();
    let twice = hand.request(id, To::One(uid), "add", &("x", 100));
    for _ in 0..3 {
        hand.send("desk", &twice);
    }
    assert_eq!(hand.answer(id), Said::Value(100.into()));
    hand.send("desk", &twice);
    assert_eq!(sum(), 100);
    assert_eq!(hand.take(id), None, "one answer");
    assert_eq!(count("duplicates"), 3);

    // The caller started again: what its older incarnation asked does not run any more.
    let old = hand.request(hand.next_id(), To::One(uid), "add", &("x", 1000));
    hand.incarnation.set(hand.incarnation.get() + 1);
    assert_eq!(sum(), 100);
    hand.send("desk", &old);
    assert_eq!(sum(), 100);
    assert_eq!(count("old_incarnations"), 1);
}

fn set(request: &mut [(&'static str, ciborium::Value)], name: &str, value: u64) {
    let found = request.iter_mut().find(|(field, _)| *field == name);
    found.expect("a field").1 = value.into();
}

#[test]
fn replies_that_nobody_waits_for_are_counted() {
    let office = Office::new();
    let asker = office.asker("caller", &[]);
    let me = &*asker.uid;
    catenae_tests::calls::announced(office.broker(), me, 0);
    let (hand, class) = (office.hand(), unique("hands"));
    office.broker().create(&requests_of(&class), 1);
    hand.announce(&class, &["number"], 60_000);
    let order = asker.begin(&format!("at:{} number 1", hand.uid));
    let request = hand.request_to(&class, 0);
    let wrong: [&[(&str, ciborium::Value)]; 5] = [
        // To a call that never was, of another incarnation, from an instance that was not asked.
        &[("id", 999_999.into())],
        &[("incarnation", 1.into())],
        &[("incarnation", u64::MAX.into())],
        &[("from", "somebody".into())],
        &[("from", me.into())],
    ];
    for change in wrong {
        hand.reply(&request, &13, change);
    }
    hand.reply(&request, &41, &[]);
    assert_eq!(asker.outcome(&order), "ok 41");
    hand.reply(&request, &13, &[]);
    let all = wrong.len() as u64 + 1;
    eventually("each is counted", DEADLINE, || {
        let counted = hand.count("caller", me, "unknown_replies");
        assert!(counted <= all, "{counted}");
        (counted == all).then_some(())
    });
    // To somebody else who reads the same partition: no business of this one.
    hand.reply(&request, &13, &[("to", "somebody else".into())]);
    // A value of another type than the stub's is an error of that call alone.
    let order = asker.begin(&format!("at:{} number 2", hand.uid));
    let request = hand.request_to(&class, 1);
    hand.reply(&request, &"a text", &[]);
    let said = asker.outcome(&order);
    assert!(said.starts_with("Answer "), "{said}");
    // A refusal with a word of a later version.
    let order = asker.begin(&format!("at:{} number 3", hand.uid));
    let request = hand.request_to(&class, 2);
    let newer =
        catenae_tests::calls::map(&[("kind", "newer".into()), ("detail", "as told".into())]);
    let newer = catenae_tests::calls::map(&[("refusal", newer)]);
    hand.reply(&request, &1, &[("said", newer)]);
    let said = asker.outcome(&order);
    assert!(
        said.starts_with("Failed ") && said.ends_with("as told"),
        "{said}"
    );
    assert_eq!(hand.count("caller", me, "unknown_replies"), all);
    assert_eq!(hand.count("caller", me, "open"), 0);
    hand.withdraw();
}

/// Past the limit a caller is told that it is busy, and nothing of that runs.
#[test]
fn a_flood_of_requests_is_refused_past_the_limit() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let gate = office.stage.gate();
    let holding = hand.begin("desk", uid, "hold", &[&gate]);
    desk.line("holding the lane", DEADLINE);
    let ids: Vec<u64> = (0..4200).map(|_| hand.next_id()).collect();
    let requests: Vec<Vec<u8>> = ids
        .iter()
        .map(|id| {
            let request = hand.request(*id, To::One(uid), "add", &("x", 1));
            catenae_tests::calls::cbor(&catenae_tests::calls::map(&request))
        })
        .collect();
    let records = requests
        .iter()
        .map(|bytes| (Some(hand.uid.as_bytes()), Some(&bytes[..])));
    catenae_tests::feed(office.broker(), &requests_of("desk"), records);
    let (mut busy, first) = (1, hand.answer(ids[4199]));
    assert_eq!(first.kind(), "busy");
    office.stage.open_gate();
    hand.answer(holding).value();
    let mut ran = 0;
    for id in &ids[..4199] {
        match hand.answer(*id) {
            Said::Value(_) => ran += 1,
            said @ Said::Refusal(..) => {
                assert_eq!(said.kind(), "busy");
                busy += 1;
            }
        }
    }
    // One more is under way: the one that keeps the lane.
    assert_eq!((ran, busy), (4095, 105));
    assert_eq!(hand.ask("desk", uid, "sum", &["x"]).number(), 4095);
}
