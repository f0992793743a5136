//! Without calls, and with nothing but calls.

use std::time::Duration;

use catenae_tests::{DEADLINE, streams, unique};

use super::Office;
use crate::stage::{ends_in_order, within};

#[test]
fn off_is_off() {
    let (_own, office) = Office::of_its_own();
    let off = ["--rpc", "off"];
    let desk = office
        .stage
        .start("desk", &[&["--uid", &office.uid], &off[..]].concat());
    office.stage.feed(["a"]);
    office.stage.await_committed(1);
    let asker = office.asker("caller", &off);
    let said = asker.order(&format!("at:{} number 1 timeout=60000", office.uid));
    assert!(
        said.starts_with("Off ") && said.contains("--rpc off"),
        "{said}"
    );
    let said = asker.order("everybody number 1 timeout=60000");
    assert!(said.starts_with("Off "), "{said}");
    let said = asker.order("any:desk number 1 notify");
    assert!(said.starts_with("Off "), "{said}");
    assert_eq!(asker.order("until:desk"), "ok live", "it knows nobody");
    let made = streams(office.broker());
    let made: Vec<_> = made
        .iter()
        .filter(|name| name.starts_with("catenae_"))
        .collect();
    assert!(made.is_empty(), "{made:?}");

    // Who has calls does not see who has none.
    for (order, expected) in [("number 1 timeout=300", "NoInstance "), ("", "not live")] {
        let target = if order.is_empty() { "instance" } else { "at" };
        let order = format!("{target}:{} {order}", office.uid);
        let other = office.stage.start_bare("poller", &["--order", &order]);
        other.line(expected, DEADLINE);
    }
    ends_in_order(&desk);
}

#[test]
fn nothing_but_calls_runs_until_it_is_stopped() {
    let office = Office::of_clerks();
    let uid = unique("clerk");
    let clerk = office.clerk(&uid);
    let hand = office.hand();
    for n in 0..20 {
        assert_eq!(hand.ask("clerk", &uid, "number", &[n]).number(), n);
    }
    within("a stop", Duration::from_secs(8), || {
        ends_in_order(&clerk);
    });
    clerk.line("stopped", DEADLINE);
}

#[test]
fn nothing_but_calls_stops_in_time_without_a_broker() {
    let (own, office) = Office::of_its_own();
    let uid = unique("clerk");
    let clerk = office.clerk(&uid);
    let file = office.stage.file("never");
    let hand = office.hand();
    // One that never ends holds nothing up longer than it may.
    hand.begin("clerk", &uid, "wait_for", &[&file]);
    clerk.line("waiting beside the lane", DEADLINE);
    own.pause();
    within("a stop", Duration::from_secs(10), || {
        ends_in_order(&clerk);
    });
    own.resume();
}
