//! Where calls are made from, what crosses, and calls to oneself.

use catenae_tests::asking::kinds;
use catenae_tests::calls::Said;
use catenae_tests::{DEADLINE, unique};

use super::Office;

#[test]
fn from_everywhere() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let uid = &office.uid;
    let order = |n: u64| format!("at:{uid} number {n}");

    let asker = office.asker("caller", &["--setup", &order(1)]);
    asker.child.line("in setup: ok 1", DEADLINE);
    assert_eq!(
        asker.order(&order(2)),
        "ok 2",
        "a function that is not async"
    );
    assert_eq!(
        asker.order(&format!("async {}", order(3))),
        "ok 3",
        "a task"
    );
    let hand = office.hand();
    let from_method = |method: &str, n: u64| {
        let said = hand.ask("caller", &asker.uid, method, &[order(n)]);
        assert_eq!(said, Said::Value(format!("ok {n}").into()), "{method}");
    };
    from_method("carry_here", 4);
    from_method("carry_beside", 5);
    // In the middle of a call that was made in the middle of a call.
    let nested = format!("at:{uid} who");
    let said = hand.ask("caller", &asker.uid, "carry_here", &[nested]);
    let expected = format!("ok \"caller/{} asks desk/{uid}\"", asker.uid);
    assert_eq!(said, Said::Value(expected.into()));

    let poller = office.stage.start_bare("poller", &["--order", &order(7)]);
    poller.line("ok 7", DEADLINE);
}

/// Who there is it learns only after `setup` has asked: everybody is told all the same.
#[test]
fn to_everybody_from_setup() {
    let office = Office::of_clerks();
    let desk = office.desk(&[]);
    let clerk = office.clerk(&unique("clerk"));
    let order = "everybody print hello notify timeout=60000";
    let asker = office.asker("caller", &["--setup", order]);
    asker.child.line("in setup: ok told", DEADLINE);
    for told in [&desk, &clerk] {
        told.line("hello", DEADLINE);
    }
}

#[test]
fn from_an_async_function() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let asker = office.asker("asker", &[]);
    let said = asker.order(&format!("at:{} number 6", office.uid));
    assert_eq!(said, "ok 6");
    let said = asker.order(&format!("at:{} divide 1 0", office.uid));
    assert_eq!(said, "ok Err(ByZero { dividend: 1 })");
}

#[test]
fn values_of_many_kinds_and_errors_cross_whole() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let ask = |order: &str| asker.order(&format!("at:{} {order}", office.uid));
    let said = ask("echo");
    let expected: String = format!("{:?}", kinds()).chars().take(400).collect();
    assert_eq!(said, format!("ok {expected}"));
    assert_eq!(ask("divide 7 2"), "ok Ok(3)");
    assert_eq!(ask("divide 7 0"), "ok Err(ByZero { dividend: 7 })");
    assert_eq!(ask("add tea 2"), "ok 2");
    assert_eq!(ask("add tea 3"), "ok 5");
    assert_eq!(ask("sum tea"), "ok 5");
    let said = ask("stub_of_another_type 1");
    let expected = format!(
        "Answer rpc `number` to instance `{}`: the answer is not",
        office.uid
    );
    assert!(said.starts_with(&expected), "{said}");
}

#[test]
fn oneself() {
    let office = Office::new();
    let asker = office.asker("caller", &[]);
    let (me, hand) = (&asker.uid, {
        catenae_tests::calls::announced(office.broker(), &asker.uid, 0);
        office.hand()
    });
    let needs_state = format!("at:{me} carried_out");
    // On the lane, with the state in hand, it would wait for itself.
    let said = asker.order(&needs_state);
    assert!(said.starts_with("Itself "), "{said}");
    let said = hand
        .ask("caller", me, "carry_here", &[&needs_state])
        .value();
    assert!(
        said.as_text()
            .is_some_and(|said| said.starts_with("Itself ")),
        "{said:?}"
    );
    let said = asker.order("all:caller carried_out timeout=5000");
    assert!(said.contains(&format!("{me}:Itself")), "{said}");
    // Beside it, it may; so it may on the lane what needs no state.
    let said = hand.ask("caller", me, "carry_beside", &[&needs_state]);
    assert_eq!(said, Said::Value("ok 3".into()));
    assert_eq!(asker.order(&format!("async {needs_state}")), "ok 4");
    assert_eq!(asker.order(&format!("at:{me} print myself")), "ok ()");
    asker.child.line("myself", DEADLINE);
}
