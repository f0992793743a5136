//! Many calls at once, and many instances that come and go.

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, streams, unique};

use super::Office;
use crate::stage::{exits, peak_memory};

/// In KiB.
const BOUND: u64 = 96 << 10;

#[test]
fn a_thousand_calls_at_once() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    // From the lane and, at the same time, from beside it.
    let order = format!("flood:{} 1000 timeout=60000", office.uid);
    let beside = asker.begin(&format!("async {order}"));
    let said = asker.order(&order);
    assert_eq!(said.trim(), "right 1000 wrong 0 errors 0");
    assert_eq!(asker.outcome(&beside).trim(), "right 1000 wrong 0 errors 0");
    for (name, pid) in [("who asks", asker.child.pid()), ("who answers", desk.pid())] {
        let peak = peak_memory(pid);
        eprintln!("peak memory of {name}: {} MiB", peak >> 10);
        assert!(peak < BOUND, "{name}: {peak} KiB");
    }
    let hand = office.hand();
    assert_eq!(hand.count("caller", &asker.uid, "open"), 0);
    assert_eq!(hand.count("caller", &asker.uid, "unknown_replies"), 0);
    assert!(hand.count("desk", &office.uid, "ran") >= 2000);
}

#[test]
fn instances_come_and_go_and_nothing_moves() {
    let (_own, office) = Office::of_its_own();
    let (waves, each) = match TestBroker::kafka_only() {
        Some(_) => (5, 20),
        None => (3, 8),
    };
    let desk = office.desk(&[]);
    desk.line("assigned: ", DEADLINE);
    let asker = office.asker("caller", &[]);
    asker.child.line("assigned: ", DEADLINE);
    drop(office.clerk("clerk-0"));
    let before = streams(office.broker());
    let moves = |child: &Child| {
        let lines = child.lines().into_iter();
        lines
            .filter(|line| line.contains("assigned: ") || line.contains("revoked"))
            .count()
    };
    let moved = (moves(&desk), moves(&asker.child));
    for wave in 0..waves {
        let uids: Vec<String> = (0..each).map(|_| unique("clerk")).collect();
        let clerks: Vec<Child> = uids
            .iter()
            .map(|uid| office.stage.start_bare("clerk", &["--uid", uid]))
            .collect();
        let said = asker.order(&format!("until:clerk {} timeout=60000", uids.join(" ")));
        if said != "ok live" {
            let lines: Vec<Vec<String>> = clerks.iter().map(Child::lines).collect();
            panic!("wave {wave}: {said}\n{lines:#?}");
        }
        let said = asker.order("all:clerk number 1 timeout=60000");
        assert_eq!(said.matches(":1").count(), each, "{said}");
        assert_eq!(streams(office.broker()), before, "wave {wave}");
        office.stage.feed(["a"]);
        clerks
            .iter()
            .for_each(|clerk| clerk.signal(Signal::Terminate));
        clerks.iter().for_each(|clerk| exits(clerk, 0));
    }
    assert_eq!(asker.order("until:clerk timeout=60000"), "ok live");
    assert_eq!(streams(office.broker()), before);
    office.stage.await_committed(waves);
    assert_eq!(
        (moves(&desk), moves(&asker.child)),
        moved,
        "{:#?}",
        desk.lines()
    );
}
