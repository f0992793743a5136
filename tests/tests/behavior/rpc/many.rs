//! Many calls at once, and many instances that come and go.

use std::time::Instant;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, streams, unique};

use super::{Asker, Office};
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
    // The last wave is what a machine of this size can just run.
    let waves: &[usize] = if TestBroker::is_kafka() {
        &[20, 20, 20, 20, 20, 100]
    } else {
        &[8, 8, 8, 24]
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
    for (wave, &each) in waves.iter().enumerate() {
        let began = Instant::now();
        let uids: Vec<String> = (0..each).map(|_| unique("clerk")).collect();
        let clerks: Vec<Child> = uids
            .iter()
            .map(|uid| office.stage.start_bare("clerk", &["--uid", uid]))
            .collect();
        let said = patiently(&asker, &format!("until:clerk {}", uids.join(" ")));
        if said != "ok live" {
            let lines: Vec<Vec<String>> = clerks.iter().map(Child::lines).collect();
            panic!("wave {wave}: {said}\n{lines:#?}");
        }
        let live = began.elapsed();
        let said = patiently(&asker, "all:clerk number 1");
        let answered = began.elapsed() - live;
        assert_eq!(said.matches(":1").count(), each, "{said}");
        assert!(said.ends_with("missing []"), "{said}");
        assert_eq!(streams(office.broker()), before, "wave {wave}");
        office.stage.feed(["a"]);
        let memory: u64 = clerks.iter().map(|clerk| peak_memory(clerk.pid())).sum();
        let began = Instant::now();
        clerks
            .iter()
            .for_each(|clerk| clerk.signal(Signal::Terminate));
        clerks.iter().for_each(|clerk| exits(clerk, 0));
        eprintln!(
            "{each} instances: live after {live:?}, answered after {answered:?}, stopped after {:?}; \
             {} MiB",
            began.elapsed(),
            memory >> 10
        );
    }
    assert_eq!(patiently(&asker, "until:clerk"), "ok live");
    assert_eq!(streams(office.broker()), before);
    let waves = i64::try_from(waves.len()).expect("few");
    office.stage.await_committed(waves);
    assert_eq!(
        (moves(&desk), moves(&asker.child)),
        moved,
        "{:#?}",
        desk.lines()
    );
}

/// Orders something that may take longer than a test usually waits.
#[track_caller]
fn patiently(asker: &Asker<'_>, order: &str) -> String {
    let number = asker.begin(&format!("{order} timeout=170000"));
    let name = format!("{number}: ");
    let line = asker.child.line(&name, DEADLINE * 3);
    line.trim_start_matches(&name).to_owned()
}
