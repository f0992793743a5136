//! What every micromodule can be asked: to tell how it is, and to be steered.

use std::process::Command;

use catenae_tests::calls::{NONE, Said, To, announced, field, map, now_ms, number};
use catenae_tests::{DEADLINE, eventually, length, unique};
use ciborium::Value;

use super::Office;
use crate::stage::{exits, probe_path};

#[test]
fn it_tells_who_and_how_it_is() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let pong = hand.ask("desk", uid, "ping", &NONE).value();
    assert_eq!(pong, map(&[("uid", uid.into()), ("class", "desk".into())]));

    let described = hand.ask("desk", uid, "describe", &NONE).value();
    let command = Command::new(probe_path("desk")).arg("describe").output();
    let printed = String::from_utf8(command.expect("it runs").stdout).expect("UTF-8");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(json(described.as_text().expect("text")), json(&printed));
    assert!(printed.contains("\"tear_shared\""), "{printed}");

    let first = hand.stats("desk", uid);
    office.stage.feed(["a", "b", "c"]);
    office.stage.await_committed(3);
    assert_eq!(
        hand.ask("desk", uid, "no_method", &NONE).kind(),
        "unknown_method"
    );
    let stats = eventually("they are counted", DEADLINE, || {
        let stats = hand.stats("desk", uid);
        (number(&stats, "handled") == 3).then_some(stats)
    });
    assert!(number(&stats, "uptime_ms") > number(&first, "uptime_ms"));
    assert_eq!(number(&stats, "under_way"), 0);
    assert_eq!(field(&stats, "paused"), &false.into());
    assert_eq!(field(&stats, "stopping"), &false.into());
    assert_eq!(field(&stats, "stalls"), &Value::Array(Vec::new()));
    let calls = |stats, name| number(field(stats, "calls"), name);
    // The first question for the figures itself, at least.
    assert!(calls(&stats, "ran") > calls(&first, "ran"));
    assert_eq!(calls(&stats, "refused"), calls(&first, "refused") + 1);
    assert_eq!(calls(&stats, "running"), 1, "the one that asks");
}

#[test]
fn it_stops_when_it_is_asked_to() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let hand = office.hand();
    office.stage.feed(["a"]);
    office.stage.await_committed(1);
    let said = hand.ask("desk", &office.uid, "stop", &["enough for today"]);
    assert_eq!(said, Said::Value(Value::Null), "it answers before it ends");
    exits(&desk, 0);
    desk.line(
        &format!("enough for today (rpc of hand/{})", hand.uid),
        DEADLINE,
    );
}

/// No electron is begun, however much is asked meanwhile.
#[test]
fn it_stands_still_and_goes_on() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let yes = |name: &str, expected: bool| {
        let said = hand.ask("desk", uid, name, &NONE);
        assert_eq!(said, Said::Value(expected.into()), "{name}");
    };
    office.stage.feed(["a", "b"]);
    office.stage.await_committed(2);
    yes("pause", true);
    yes("pause", false);
    office.stage.feed((0..200).map(|n| n.to_string()));
    for n in 0..300 {
        assert_eq!(hand.ask("desk", uid, "number", &[n]).number(), n);
        // What needs the state has its turn as well.
        if n % 100 == 0 {
            assert_eq!(office.tally(&hand), (1, 2));
        }
    }
    let stats = hand.stats("desk", uid);
    assert_eq!(field(&stats, "paused"), &true.into());
    assert_eq!(
        (
            office.stage.committed(),
            length(office.broker(), &office.stage.output)
        ),
        (2, 2)
    );
    yes("resume", true);
    yes("resume", false);
    office.stage.await_committed(202);
    assert_eq!(office.tally(&hand), (1, 202));
    let revoked = desk.lines().iter().any(|line| line.contains("revoked"));
    assert!(!revoked, "the partitions stay its own: {:?}", desk.lines());
}

#[test]
fn a_source_stands_still_and_has_no_inputs() {
    check_source("ticker", &[]);
}

/// Between two of its items: one call of the function gives all of them.
#[test]
fn an_iterator_stands_still_too() {
    check_source("numbers", &["--numbers", "1000000", "--pace-us", "2000"]);
}

fn check_source(probe: &str, more: &[&str]) {
    let office = Office::new();
    let uid = unique(probe);
    let more = [&["--uid", &uid], more].concat();
    let source = office.stage.start_source(probe, &more);
    announced(office.broker(), &uid, 0);
    let hand = office.hand();
    let ask = |name: &str| hand.ask(probe, &uid, name, &NONE);
    office.stage.await_output(2);
    assert_eq!(ask("pause"), Said::Value(true.into()));
    // One that had begun may still end.
    let began = now_ms();
    eventually("it stands still", DEADLINE, || {
        (now_ms() > began + 100).then_some(())
    });
    let before = length(office.broker(), &office.stage.output);
    let until = now_ms() + 500;
    eventually("pings are answered meanwhile", DEADLINE, || {
        assert!(matches!(ask("ping"), Said::Value(_)));
        (now_ms() > until).then_some(())
    });
    assert_eq!(length(office.broker(), &office.stage.output), before);
    assert_eq!(ask("resume"), Said::Value(true.into()));
    office
        .stage
        .await_output(usize::try_from(before).expect("few") + 2);
    for name in ["add_input", "remove_input"] {
        let said = hand.ask(probe, &uid, name, &["more"]).value();
        let said = field(&said, "Err").as_text().expect("text").to_owned();
        assert!(said.contains(&format!("`{probe}` is a source")), "{said}");
    }
    assert_eq!(
        hand.ask(probe, &uid, "stop", &["done"]),
        Said::Value(Value::Null)
    );
    exits(&source, 0);
}

#[test]
fn it_reads_more_streams_and_fewer() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let more = unique("more");
    office.broker().create(&more, 1);
    let ask = |name: &str, stream: &str| hand.ask("desk", uid, name, &[stream]).value();
    let ok = map(&[("Ok", Value::Null)]);
    let feed = |stream: &str, text: &str| {
        catenae_tests::feed(office.broker(), stream, [(None, Some(text.as_bytes()))]);
    };
    feed(&more, "one");
    assert_eq!(ask("add_input", &more), ok);
    office.stage.await_output(1);
    feed(&more, "two");
    office.stage.await_output(2);
    assert_eq!(ask("remove_input", &more), ok);
    // When it reads the other one again after that, it has put this one away.
    eventually("it is removed", DEADLINE, || {
        let before = length(office.broker(), &office.stage.output);
        feed(&more, "not any more");
        office.stage.feed(["still"]);
        office
            .stage
            .await_output(usize::try_from(before).expect("few") + 1);
        let lines = office.stage.lines(1);
        let last = lines.iter().filter(|line| *line == "not any more").count();
        let given = length(office.broker(), &more);
        (i64::try_from(last + 2).expect("few") < given).then_some(())
    });
    let refused = ask("add_input", "no good name");
    assert!(field(&refused, "Err").as_text().is_some(), "{refused:?}");
}

#[test]
fn it_logs_as_it_is_told() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    // What somebody asked in an earlier incarnation is worth no more than a line for the curious.
    let old = |method: &str| {
        let incarnation = hand.incarnation.get();
        hand.incarnation.set(incarnation - 1);
        let request = hand.request(hand.next_id(), To::One(uid), method, &NONE);
        hand.incarnation.set(incarnation);
        hand.send("desk", &request);
    };
    assert_eq!(hand.ask("desk", uid, "number", &[1]).number(), 1);
    let level = |levels: &str| hand.ask("desk", uid, "log_level", &[levels]).value();
    let ok = map(&[("Ok", Value::Null)]);
    old("before");
    assert_eq!(level("debug"), ok);
    old("meanwhile");
    desk.line("rpc `meanwhile` of", DEADLINE);
    let early = desk
        .lines()
        .iter()
        .any(|line| line.contains("rpc `before` of"));
    assert!(!early, "it did not log that");
    assert!(field(&level("nonsense="), "Err").as_text().is_some());
    assert_eq!(level("warn"), ok);
    old("afterwards");
    assert_eq!(hand.ask("desk", uid, "number", &[1]).number(), 1);
    let late = desk
        .lines()
        .iter()
        .any(|line| line.contains("rpc `afterwards` of"));
    assert!(!late, "it does not any more");
}
