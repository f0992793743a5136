//! Dead letters: what is in them, when they settle their electron, and what if they cannot be written.

use std::time::Duration;

use catenae_tests::{DEADLINE, TestBroker, by_hand, feed, length, put, unique};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use super::{dead_letters, dead_letters_of, stage_for};
use crate::stage::{Stage, ends_in_order, exits, holds_for};

const DEAD: [&str; 2] = ["--on-error", "dead_letter"];

#[test]
fn a_dead_letter_is_its_electron_byte_for_byte_and_why() {
    let stage = stage_for("flaky", 1);
    let headers = OwnedHeaders::new()
        .insert(Header {
            key: "own",
            value: Some(&b"\xff\x00"[..]),
        })
        .insert(Header::<&[u8]> {
            key: "null",
            value: None,
        })
        .insert(Header {
            key: "own",
            value: Some(&b""[..]),
        });
    stage.feed(["ok"]);
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&stage.input);
    record.key = Some(b"\xfe key");
    record.payload = Some(b"bad \xff value");
    put(
        &stage.broker,
        record.headers(headers).timestamp(1_600_000_000_123),
    );
    // Empty is not null.
    feed(&stage.broker, &stage.input, [(Some(&b""[..]), None)]);
    let flaky = stage.start("flaky", &[&DEAD[..], &["--uid", "me"]].concat());
    stage.await_committed(3);
    let mut letters = dead_letters(&stage, "flaky", 2);
    // They may be on several partitions.
    letters.sort_by_key(|letter| letter.header("catenae.origin-offset").to_owned());
    let letter = &letters[0];
    assert_eq!(letter.key.as_deref(), Some(&b"\xfe key"[..]));
    assert_eq!(letter.value.as_deref(), Some(&b"bad \xff value"[..]));
    assert_eq!(letter.timestamp, Some(1_600_000_000_123));
    let own: Vec<(&str, Option<&[u8]>)> = letter.headers[..3]
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    let expected = [
        ("own", Some(&b"\xff\x00"[..])),
        ("null", None),
        ("own", Some(&b""[..])),
    ];
    assert_eq!(own, expected);
    let names: Vec<&str> = letter.headers[3..]
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "error",
        "error-kind",
        "class",
        "uid",
        "attempt",
        "origin-stream",
        "origin-partition",
        "origin-offset",
        "origin-timestamp",
        "version",
    ];
    assert_eq!(names, expected.map(|name| format!("catenae.{name}")));
    let check = |name: &str, expected: &str| {
        assert_eq!(
            letter.header(&format!("catenae.{name}")),
            expected,
            "{name}"
        );
    };
    check("error-kind", "decode");
    check("class", "flaky");
    check("uid", "me");
    check("attempt", "1");
    check("origin-stream", &stage.input);
    check("origin-partition", "0");
    check("origin-offset", "1");
    check("origin-timestamp", "1600000000123");
    check("version", env!("CARGO_PKG_VERSION"));
    let error = letter.header("catenae.error");
    assert!(error.starts_with("cannot be decoded: "), "{error}");
    assert!(error.contains("not UTF-8 from byte 4 on"), "{error}");
    assert_eq!(
        (letters[1].key.as_deref(), &letters[1].value),
        (Some(&b""[..]), &None)
    );
    drop(flaky);
}

#[test]
fn a_header_whose_name_is_not_text_is_kept() {
    let stage = stage_for("flaky", 1);
    by_hand::put(
        &stage.broker,
        &stage.input,
        0,
        (b"odd\xff", b"value"),
        b"text",
    );
    let plain = ["--kafka", "compression.type=none", "--partitions", "1"];
    let flaky = stage.start("flaky", &[&DEAD[..], &plain].concat());
    stage.await_committed(1);
    let stream = dead_letters_of(&stage, "flaky");
    let letters = by_hand::headers(&stage.broker, &stream, 0);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0][0], (b"odd\xff".to_vec(), b"value".to_vec()));
    let (name, error) = &letters[0][1];
    assert_eq!(name, b"catenae.error");
    let error = str::from_utf8(error).expect("UTF-8");
    assert!(error.starts_with("cannot be decoded: "), "{error}");
    assert!(
        error.contains("the name of a header is not UTF-8"),
        "{error}"
    );
    drop(flaky);
}

#[test]
fn an_electron_is_settled_when_its_dead_letter_is_written_and_not_before() {
    let stage = stage_for("flaky", 1);
    stage.feed(["err", "err", "err"]);
    // The producer keeps everything back.
    let keep = [&DEAD[..], &["--kafka", "linger.ms=100000"]].concat();
    let flaky = stage.start("flaky", &keep);
    flaky.line("offset 2: a dead letter on `", DEADLINE);
    holds_for("nothing is committed", Duration::from_secs(2), || {
        stage.committed() == 0
    });
    ends_in_order(&flaky);
    assert_eq!(stage.committed(), 3);
    dead_letters(&stage, "flaky", 3);
}

#[test]
fn a_dead_letter_too_large_for_the_producer_is_shortened() {
    let stage = stage_for("flaky", 1);
    let large = format!("err {}", "x".repeat(1900));
    stage.feed(["ok", &large, "ok"]);
    let small = [&DEAD[..], &["--kafka", "message.max.bytes=2000"]].concat();
    let flaky = stage.start("flaky", &small);
    stage.await_committed(3);
    let letters = dead_letters(&stage, "flaky", 1);
    assert_eq!(letters[0].text(), &large[..1024]);
    assert_eq!(letters[0].header("catenae.value-length"), "1904");
    assert_eq!(letters[0].header("catenae.changed"), "value headers");
    drop(flaky);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_dead_letter_that_the_broker_refuses_stops_the_link() {
    let stage = Stage::kafka(1);
    let stream = dead_letters_of(&stage, "flaky");
    stage
        .broker
        .create_with(&stream, 1, &[("max.message.bytes", "300")]);
    stage.feed(["ok", "err", "ok"]);
    // Known before it is sent, and only when it was sent.
    for (own, expected) in [
        (
            &[][..],
            "more than the stream takes (`max.message.bytes`, 300)",
        ),
        (
            &["--kafka", "message.max.bytes=1000000"],
            "larger than the broker takes",
        ),
    ] {
        let flaky = stage.start("flaky", &[&DEAD[..], own].concat());
        exits(&flaky, 1);
        flaky.line(expected, DEADLINE);
        let error = flaky.line("error: flaky/", DEADLINE);
        assert!(error.contains("partition 0, offset 1"), "{error}");
        flaky.line("its dead letter was not accepted", DEADLINE);
        assert_eq!(stage.committed(), 1);
        assert_eq!(length(&stage.broker, &stream), 0);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_output_larger_than_its_stream_takes_is_given_up_as_the_policy_says() {
    let stage = Stage::bare(TestBroker::kafka());
    stage.broker.create(&stage.input, 1);
    stage
        .broker
        .create_with(&stage.output, 1, &[("max.message.bytes", "1500")]);
    let large = format!("ok {}", "x".repeat(1450));
    // Small ones that would be too large together.
    let mut lines: Vec<String> = (0..500)
        .map(|n| format!("ok 1 {n:03} {}", "y".repeat(200)))
        .collect();
    lines.insert(250, large.clone());
    stage.feed(&lines);
    let plain = ["--kafka", "compression.type=none"];
    let flaky = stage.start("flaky", &[&DEAD[..], &plain].concat());
    stage.await_committed(501);
    let letters = dead_letters(&stage, "flaky", 1);
    assert_eq!(letters[0].text(), large);
    assert_eq!(letters[0].header("catenae.error-kind"), "encode");
    let error = letters[0].header("catenae.error");
    assert!(error.contains("more than the stream takes"), "{error}");
    assert_eq!(length(&stage.broker, &stage.output), 500);
    drop(flaky);
}

#[test]
fn a_name_too_long_for_a_stream_of_dead_letters_is_a_mistake_in_the_configuration() {
    let stage = stage_for("flaky", 1);
    let long = unique(&"x".repeat(230));
    stage.broker.create(&long, 1);
    let flaky = stage.start("flaky", &[&DEAD[..], &["-i", &long]].concat());
    exits(&flaky, 2);
    flaky.line("a shorter name", DEADLINE);
}

#[test]
fn dead_letters_that_nobody_reads_hold_nobody_back() {
    let stage = stage_for("flaky", 1);
    let text = "x".repeat(50_000);
    let cap = ["--give-up-cap", "run=1000,percent=100"];
    let _flaky = stage.start("flaky", &[&DEAD[..], &cap].concat());
    // More than what the embedded broker keeps of one partition, but not at once.
    for batch in 1..=3 {
        stage.feed((0..60).map(|n| format!("err * {n} {text}")));
        stage.await_committed(60 * batch);
    }
    assert_eq!(
        length(&stage.broker, &dead_letters_of(&stage, "flaky")),
        180
    );
}
