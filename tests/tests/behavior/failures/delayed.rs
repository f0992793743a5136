//! Delayed retries: an electron waits in a stream, survives a crash, and comes back as what it was.

use catenae_tests::{DEADLINE, Signal, committed, eventually, exists, length, put};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use super::{dead_letters, stage_for};
use crate::stage::{Stage, ends_in_order, exits, text};

const SOON: [&str; 2] = ["--retry", "max=1000,backoff=5ms..50ms,delayed"];

fn retries_of(stage: &Stage) -> String {
    format!("{}.flaky.retry", stage.input)
}

#[test]
fn a_delayed_electron_gives_its_place_up_and_comes_back_as_it_was() {
    let stage = stage_for("flaky", 1);
    stage.feed(["ok 1"]);
    let headers = OwnedHeaders::new().insert(Header {
        key: "own",
        value: Some("kept"),
    });
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&stage.input);
    record.key = Some(b"k");
    record.payload = Some(b"err 2 a");
    record = record.headers(headers).timestamp(1_600_000_000_000);
    put(&stage.broker, record);
    stage.feed(["ok 2", "ok 3"]);
    let flaky = stage.start("flaky", &SOON);
    stage.await_committed(4);
    let got = stage.read(4);
    let lines: Vec<String> = got.iter().map(text).collect();
    assert_eq!(lines[0], "ok 1");
    assert!(lines.contains(&"err 2 a".to_owned()), "{lines:?}");
    let back = got
        .iter()
        .find(|one| one.text() == "err 2 a")
        .expect("it is there");
    assert_eq!(back.key.as_deref(), Some(&b"k"[..]));
    let names: Vec<&str> = back.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["own", "from", "attempt"],
        "no header of the retry is seen"
    );
    assert_eq!(back.header("from"), format!("{} 0 1", stage.input));
    assert_eq!(back.header("attempt"), "3");
    let retries = retries_of(&stage);
    eventually("the retries are settled", DEADLINE, || {
        let settled: i64 = committed(&stage.broker, &stage.group, &retries)
            .values()
            .sum();
        (settled == 2).then_some(())
    });
    assert_eq!(length(&stage.broker, &retries), 2);
    ends_in_order(&flaky);
}

#[test]
fn a_delayed_electron_survives_a_kill() {
    let stage = stage_for("flaky", 1);
    stage.feed(["ok 1", "gate a", "ok 2"]);
    let gate = stage.gate();
    let orders = [&SOON[..], &["--gate", &gate]].concat();
    let first = stage.start("flaky", &orders);
    // Only the copy on the stream of retries holds it now.
    stage.await_committed(3);
    first.line("attempt 3 at gate a", DEADLINE);
    first.signal(Signal::Kill);
    first.end(DEADLINE);
    stage.open_gate();
    let second = stage.start("flaky", &orders);
    let mut lines = stage.lines(3);
    lines.dedup();
    assert_eq!(lines, ["gate a", "ok 1", "ok 2"]);
    assert!(
        !second
            .printed()
            .iter()
            .any(|line| line.starts_with("attempt 1 ")),
        "the number goes on: {:?}",
        second.printed()
    );
}

#[test]
fn what_is_not_due_waits_also_over_a_restart() {
    let stage = stage_for("flaky", 1);
    stage.feed(["err 1 a"]);
    let hour = ["--retry", "max=5,backoff=1h,delayed"];
    let first = stage.start("flaky", &hour);
    stage.await_committed(1);
    first.line("attempt 1 failed", DEADLINE);
    ends_in_order(&first);
    let second = stage.start("flaky", &[&hour[..], &["--log-level", "debug"]].concat());
    stage.feed(["ok 2"]);
    assert_eq!(stage.lines(1), ["ok 2"]);
    second.line("offset 0 waits for attempt 2, 3", DEADLINE);
    ends_in_order(&second);
    second.line("1 electrons that were waiting for a retry", DEADLINE);
    assert!(!second.printed().iter().any(|line| line.contains("err 1 a")));
    // A pause is never longer than the longest that is allowed now.
    let _third = stage.start("flaky", &SOON);
    assert_eq!(stage.lines(2), ["err 1 a", "ok 2"]);
}

#[test]
fn a_retry_that_is_committed_at_once_commits_its_own_stream() {
    let stage = stage_for("flaky", 1);
    stage.feed(["err 1 a", "ok 2", "ok 3"]);
    let flaky = stage.start("flaky", &[&SOON[..], &["--sync"]].concat());
    let retries = retries_of(&stage);
    stage.await_committed(3);
    eventually("the retry is committed", DEADLINE, || {
        let settled: i64 = committed(&stage.broker, &stage.group, &retries)
            .values()
            .sum();
        (settled == 1).then_some(())
    });
    assert_eq!(stage.committed(), 3, "the input was not taken back");
    ends_in_order(&flaky);
    assert_eq!(stage.committed(), 3);
}

#[test]
fn when_no_retry_is_left_it_is_a_dead_letter_of_where_it_came_from() {
    let stage = stage_for("flaky", 1);
    stage.feed(["ok 1", "err * a"]);
    let orders = [
        "--retry",
        "max=2,backoff=5ms,delayed",
        "--on-error",
        "dead_letter",
    ];
    let flaky = stage.start("flaky", &orders);
    let letters = dead_letters(&stage, "flaky", 1);
    let letter = &letters[0];
    assert_eq!(letter.text(), "err * a");
    assert_eq!(letter.header("catenae.attempt"), "3");
    assert_eq!(letter.header("catenae.origin-stream"), stage.input);
    assert_eq!(letter.header("catenae.origin-offset"), "1");
    let due = letter.headers.iter().any(|(name, _)| name == "catenae.due");
    assert!(!due, "{:?}", letter.headers);
    flaky.line("a dead letter on `", DEADLINE);
}

/// The headers of an electron that waits for a retry, one of them changed.
fn ticket(stage: &Stage, change: Option<(&str, Option<&str>)>) -> OwnedHeaders {
    let sound = [
        ("catenae.origin-stream", stage.input.clone()),
        ("catenae.origin-partition", "0".to_owned()),
        ("catenae.origin-offset", "7".to_owned()),
        ("catenae.attempt", "1".to_owned()),
        ("catenae.due", "0".to_owned()),
    ];
    let mut headers = OwnedHeaders::new();
    for (key, value) in &sound {
        let value = match change {
            Some((name, other)) if name == *key => other,
            _ => Some(value.as_str()),
        };
        headers = headers.insert(Header { key, value });
    }
    headers
}

/// Writes an electron to the stream of retries, which has one partition.
fn write(stage: &Stage, text: &str, headers: Option<OwnedHeaders>) {
    let retries = retries_of(stage);
    if !exists(&stage.broker, &retries) {
        stage.broker.create(&retries, 1);
    }
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&retries);
    record.payload = Some(text.as_bytes());
    record.headers = headers;
    put(&stage.broker, record);
}

#[test]
fn one_that_is_not_due_is_never_committed_by_one_that_is() {
    for more in [&[][..], &["--sync"]] {
        let stage = stage_for("flaky", 1);
        let late = ticket(&stage, Some(("catenae.due", Some("99999999999999"))));
        write(&stage, "ok late", Some(late));
        write(&stage, "ok soon", Some(ticket(&stage, None)));
        let hour = ["--retry", "max=5,backoff=1ms..1h,delayed"];
        let flaky = stage.start("flaky", &[&hour[..], more].concat());
        assert_eq!(stage.lines(1), ["ok soon"]);
        ends_in_order(&flaky);
        let settled: i64 = committed(&stage.broker, &stage.group, &retries_of(&stage))
            .values()
            .sum();
        assert_eq!(settled, 0, "{more:?}");
        // A pause is never longer than the longest that is allowed now.
        let _again = stage.start("flaky", &[&SOON[..], more].concat());
        let mut lines = stage.lines(3);
        lines.dedup();
        assert_eq!(lines, ["ok late", "ok soon"]);
    }
}

#[test]
fn foreign_electrons_among_the_retries_are_decode_errors() {
    let changes = [
        ("catenae.origin-stream", Some("another")),
        ("catenae.origin-partition", Some("x")),
        ("catenae.origin-offset", Some("99999999999999999999")),
        ("catenae.attempt", Some("-1")),
        ("catenae.due", None),
        ("catenae.due", Some("soon")),
    ];
    let stage = stage_for("flaky", 1);
    let retries = retries_of(&stage);
    write(&stage, "ok bare", None);
    for change in changes {
        write(&stage, "ok foreign", Some(ticket(&stage, Some(change))));
    }
    write(&stage, "ok sound", Some(ticket(&stage, None)));
    let orders = [&SOON[..], &["--on-error", "dead_letter"]].concat();
    let flaky = stage.start("flaky", &orders);
    let letters = dead_letters(&stage, "flaky", 1 + changes.len());
    for letter in &letters {
        assert_eq!(letter.header("catenae.error-kind"), "decode");
        assert_eq!(letter.header("catenae.origin-stream"), retries);
        assert!(
            letter
                .header("catenae.error")
                .contains("but no retry wrote it there")
        );
    }
    let got = stage.read(1);
    assert_eq!(got[0].text(), "ok sound");
    assert_eq!(got[0].header("attempt"), "2");
    assert_eq!(got[0].header("from"), format!("{} 0 7", stage.input));
    drop(flaky);
    let stops = stage_for("flaky", 1);
    write(&stops, "x", None);
    let flaky = stops.start("flaky", &SOON);
    exits(&flaky, 1);
    flaky.line("cannot be decoded", DEADLINE);
}
