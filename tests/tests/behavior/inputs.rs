//! Inputs that are added and removed while a link runs.

use std::collections::HashSet;
use std::env;
use std::time::{Duration, Instant};

use catenae_tests::{DEADLINE, TestBroker, committed, eventually, feed, unique};

use crate::stage::{Stage, numbered};

#[test]
fn inputs_come_and_go_without_losing_an_electron() {
    let stage = Stage::new(1);
    let added = unique("added");
    let put = |lines: &[String]| {
        let rows = lines.iter().map(|line| (None, Some(line.as_bytes())));
        feed(&stage.broker, &added, rows);
    };
    let settled = || {
        committed(&stage.broker, &stage.group, &added)
            .values()
            .sum::<i64>()
    };
    let tuner = stage.start_leaf("tuner", &["--partitions", "2"]);
    // One that does not exist is created, where the broker can.
    if let TestBroker::Embedded(_) = &stage.broker {
        stage.broker.create(&added, 2);
    }
    stage.feed([format!("+{added}")]);
    eventually("the stream is there", DEADLINE, || {
        tuner
            .lines()
            .iter()
            .any(|line| line.contains("assigned: ") && line.contains(&added))
            .then_some(())
    });
    put(&numbered("first", 100));
    tuner.line("tuned first-000099", DEADLINE);
    eventually("settled", DEADLINE, || (settled() == 100).then_some(()));
    // Removed and added while electrons arrive: none is skipped, none is forgotten.
    for round in 0..5 {
        stage.feed([format!("-{added}")]);
        put(&numbered(&format!("during-{round}"), 100));
        stage.feed([format!("+{added}")]);
    }
    eventually("settled", DEADLINE, || (settled() == 600).then_some(()));
    for round in 0..5 {
        for line in numbered(&format!("during-{round}"), 100) {
            tuner.line(&format!("tuned {line}"), DEADLINE);
        }
    }
    // What is removed for good is not read any more.
    stage.feed([format!("-{added}")]);
    eventually("it is given back", DEADLINE, || {
        let lines = tuner.lines();
        let last = lines.iter().rfind(|line| {
            (line.contains("assigned: ") || line.contains("revoked: ")) && line.contains(&added)
        })?;
        last.contains("revoked").then_some(())
    });
    put(&numbered("after", 100));
    stage.feed(["done"]);
    tuner.line("tuned done", DEADLINE);
    assert!(
        !tuner
            .lines()
            .iter()
            .any(|line| line.contains("tuned after"))
    );
    assert_eq!(settled(), 600);
}

/// `CATENAE_SWITCH_SECONDS=600` makes ten minutes of it.
#[test]
fn inputs_that_are_switched_under_load_lose_nothing() {
    const LINES: usize = 200;
    let seconds = env::var("CATENAE_SWITCH_SECONDS").ok();
    let seconds = seconds.map_or(3, |text| text.parse().expect("whole seconds"));
    let stage = Stage::new(1);
    let added = [unique("one"), unique("two")];
    for stream in &added {
        stage.broker.create(stream, 2);
    }
    let tuner = stage.start_leaf("tuner", &["--input-mode", "exp"]);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut fed = HashSet::new();
    let mut rounds = 0;
    while rounds < 3 || Instant::now() < until {
        for (stream, other) in [(&added[0], &added[1]), (&added[1], &added[0])] {
            stage.feed([format!("+{stream}")]);
            let lines = numbered(&format!("{stream}-{rounds}"), LINES);
            let rows = lines.iter().map(|line| (None, Some(line.as_bytes())));
            feed(&stage.broker, stream, rows);
            stage.feed([format!("-{other}")]);
            fed.extend(lines);
        }
        let main = numbered(&format!("main-{rounds}"), LINES);
        stage.feed(&main);
        tuner.line(&format!("tuned {}", main[LINES - 1]), DEADLINE);
        fed.extend(main);
        rounds += 1;
    }
    stage.feed(added.iter().map(|stream| format!("+{stream}")));
    for stream in &added {
        let all = i64::try_from(rounds * LINES).expect("few");
        eventually("settled", DEADLINE, || {
            let committed = committed(&stage.broker, &stage.group, stream);
            (committed.values().sum::<i64>() == all).then_some(())
        });
    }
    let said = tuner.lines();
    for line in &said {
        fed.remove(line.strip_prefix("tuned ").unwrap_or_default());
    }
    assert!(fed.is_empty(), "{} were not handled", fed.len());
    // Partitions come and go because it wants so, and for no other reason.
    let lost = said.iter().find(|line| line.contains(" lost: "));
    assert_eq!(lost, None, "after {rounds} rounds");
}

/// By its place in the attribute: here the streams have other names, and one comes back from its stream of retries.
#[test]
fn an_electron_knows_which_input_it_is_of() {
    let stage = Stage::new(1);
    let (urgent, bulk, added) = (unique("first"), unique("second"), unique("added"));
    for stream in [&urgent, &bulk, &added] {
        stage.broker.create(stream, 2);
        stage.broker.create(&format!("{stream}.inlets.retry"), 2);
    }
    let put = |stream: &str, lines: &[&str]| {
        let rows = lines.iter().map(|line| (None, Some(line.as_bytes())));
        feed(&stage.broker, stream, rows);
    };
    let inputs = format!("{urgent},{bulk}");
    let how = ["--retry", "max=5,backoff=5ms..50ms,delayed"];
    let inlets = stage.start_leaf("inlets", &[&["-i", &inputs], &how[..]].concat());
    put(&bulk, &["once b", "c"]);
    put(&urgent, &["a", "once d", &format!("+ {added}")]);
    put(&added, &["e", "once f"]);
    for said in [
        "a is of input 0, attempt 1",
        "once b is of input 1, attempt 2",
        "c is of input 1, attempt 1",
        "once d is of input 0, attempt 2",
        "e is of input none, attempt 1",
        "once f is of input none, attempt 2",
    ] {
        inlets.line(said, DEADLINE);
    }
}
