//! Dead letters and retries of odd electrons, on streams that do not take them as they are.

use std::time::{SystemTime, UNIX_EPOCH};

use catenae_tests::{
    Child, DEADLINE, Received, TestBroker, eventually, exists, length, put, read_committed,
};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use super::dead_letters_of;
use crate::stage::{Stage, exits, text};

const DEAD: [&str; 4] = [
    "--on-error",
    "dead_letter",
    "--give-up-cap",
    "run=100,percent=100",
];
const EXACTLY: [&str; 2] = ["--delivery", "exactly-once"];
/// A stream that takes any timestamp, so that odd electrons get on it.
const ANY: [(&str, &str); 2] = [
    ("message.timestamp.before.max.ms", "9223372036854775807"),
    ("message.timestamp.after.max.ms", "9223372036854775807"),
];
/// An operator's limits: a day, an hour.
const LIMITS: [(&str, &str); 2] = [
    ("message.timestamp.before.max.ms", "86400000"),
    ("message.timestamp.after.max.ms", "3600000"),
];
/// Kafka deletes by the timestamps, and looks every five minutes: what is old goes at once.
const KEPT: (&str, &str) = ("retention.ms", "-1");
const LONG_AGO: i64 = 864_000_000;

/// Settings of a stream that keeps what is old.
fn kept(settings: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [settings, &[KEPT]].concat()
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    i64::try_from(since.as_millis()).expect("a time")
}

fn far_ahead() -> i64 {
    now() + 10 * 365 * 86_400_000
}

/// Whether a timestamp is the time of writing.
fn is_recent(timestamp: Option<i64>) -> bool {
    timestamp.is_some_and(|at| (at - now()).abs() < 3_600_000)
}

fn stage() -> Stage {
    let stage = Stage::bare(TestBroker::kafka());
    stage.broker.create_with(&stage.input, 1, &kept(&ANY));
    stage.broker.create(&stage.output, 1);
    stage
}

/// One electron that fails.
struct Odd {
    name: &'static str,
    key: Option<Vec<u8>>,
    timestamp: Option<i64>,
    value: usize,
    header: usize,
}

impl Odd {
    const PLAIN: Self = Self {
        name: "plain",
        key: None,
        timestamp: None,
        value: 0,
        header: 0,
    };

    fn all() -> Vec<Self> {
        let keyed = |key: usize| Some(vec![b'k'; key]);
        vec![
            Self {
                name: "past",
                timestamp: Some(LONG_AGO),
                ..Self::PLAIN
            },
            Self::PLAIN,
            Self {
                name: "future",
                timestamp: Some(far_ahead()),
                key: keyed(1),
                ..Self::PLAIN
            },
            Self {
                name: "negative",
                timestamp: Some(-5),
                ..Self::PLAIN
            },
            Self {
                name: "keyed",
                key: keyed(2),
                ..Self::PLAIN
            },
            Self {
                name: "large",
                value: 5000,
                key: keyed(3),
                ..Self::PLAIN
            },
            Self {
                name: "headers",
                header: 4000,
                key: keyed(4),
                ..Self::PLAIN
            },
            Self {
                name: "key",
                key: keyed(4000),
                ..Self::PLAIN
            },
            Self {
                name: "everything",
                key: keyed(4001),
                value: 6000,
                header: 5000,
                timestamp: Some(LONG_AGO),
            },
        ]
    }

    /// `order` is what the probe reads.
    fn feed(&self, stage: &Stage, order: &str) {
        let value = format!("{order} {} {}", self.name, "x".repeat(self.value));
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&stage.input);
        (record.key, record.payload) = (self.key.as_deref(), Some(value.as_bytes()));
        record.timestamp = self.timestamp;
        if self.header > 0 {
            record.headers = Some(OwnedHeaders::new().insert(Header {
                key: "own",
                value: Some(&vec![b'h'; self.header]),
            }));
        }
        put(&stage.broker, record);
    }
}

fn header<'r>(letter: &'r Received, name: &str) -> Option<&'r str> {
    let found = letter.headers.iter().rfind(|(known, _)| known == name);
    found.map(|(_, value)| std::str::from_utf8(value.as_deref().expect("a value")).expect("UTF-8"))
}

/// What has been changed, by the header.
fn changed(letter: &Received) -> &str {
    header(letter, "catenae.changed").unwrap_or_default()
}

/// All letters, by the offsets of their electrons.
fn letters(stage: &Stage, count: usize) -> Vec<Received> {
    let stream = dead_letters_of(stage, "flaky");
    let mut letters = read_committed(&stage.broker, &stream);
    letters.sort_by_key(|letter| letter.header("catenae.origin-offset").to_owned());
    let offsets: Vec<&str> = letters
        .iter()
        .map(|one| one.header("catenae.origin-offset"))
        .collect();
    let expected: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    assert_eq!(offsets, expected, "one letter each, also after a restart");
    letters
}

/// Waits until so many electrons are done; shows what the link said when it stopped.
#[track_caller]
fn await_letters(stage: &Stage, flaky: &Child, count: usize) {
    eventually("every letter is written", DEADLINE, || {
        let stopped = flaky.lines().iter().any(|line| line.starts_with("error: "));
        assert!(!stopped, "{}", flaky.lines().join("\n"));
        (stage.committed() == count as i64).then_some(())
    });
}

/// When the limits of a stream are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// At the start of the link.
    Before,
    /// They are changed while it runs.
    Later,
    /// They are those that the link creates its stream with.
    Own,
}

fn every_odd_electron_becomes_a_letter(
    known: Known,
    settings: &[(&'static str, &'static str)],
    mode: &[&str],
) {
    let stage = stage();
    let stream = dead_letters_of(&stage, "flaky");
    match known {
        Known::Before => stage.broker.create_with(&stream, 1, &kept(settings)),
        Known::Later => stage.broker.create_with(&stream, 1, &kept(&ANY)),
        Known::Own => {}
    }
    let options = [&DEAD[..], mode].concat();
    let mut flaky = stage.start("flaky", &options);
    eventually("it has created its streams, and runs", DEADLINE, || {
        let line = flaky.lines().iter().any(|line| line.contains("assigned:"));
        (exists(&stage.broker, &stream) && line).then_some(())
    });
    if known == Known::Later {
        stage.broker.configure(&stream, &kept(settings));
    }
    let all = Odd::all();
    for (n, odd) in all.iter().enumerate() {
        odd.feed(&stage, "err");
        if n == all.len() / 2 {
            await_letters(&stage, &flaky, n + 1);
            flaky.signal(catenae_tests::Signal::Kill);
            let _ = flaky.end(DEADLINE);
            flaky = stage.start("flaky", &options);
        }
    }
    await_letters(&stage, &flaky, all.len());
    let limited =
        |name: &str| settings.iter().any(|(known, _)| known.contains(name)) && known != Known::Own;
    let compacted = limited("cleanup.policy");
    let small = limited("max.message.bytes");
    let timed = limited("timestamp.before");
    let by_broker = limited("timestamp.type");
    for (odd, letter) in all.iter().zip(letters(&stage, all.len())) {
        let name = odd.name;
        let what = format!(
            "{name}, {known:?} {settings:?} {mode:?}: {}",
            changed(&letter)
        );
        if known == Known::Own {
            let expected = if name == "negative" { "timestamp" } else { "" };
            assert_eq!(changed(&letter), expected, "{what}");
        }
        let origin = header(&letter, "catenae.origin-timestamp").expect("a header");
        let origin: i64 = origin.parse().expect("a number");
        match odd.timestamp {
            Some(at) => assert_eq!(origin, at, "{what}"),
            None => assert!(is_recent(Some(origin)), "{what}"),
        }
        if timed || by_broker || origin < 0 {
            assert!(
                is_recent(letter.timestamp),
                "{what}: {:?}",
                letter.timestamp
            );
        } else if !changed(&letter).contains("timestamp") {
            assert_eq!(letter.timestamp, Some(origin), "{what}");
        } else {
            // A stream that an operator makes has a limit for the future by default.
            // What was refused once is not asked again.
            assert!(known == Known::Later || name == "future", "{what}");
        }
        let made = format!(
            "{}-0-{}",
            stage.input,
            letter.header("catenae.origin-offset")
        );
        match &odd.key {
            None if compacted => assert_eq!(letter.key.as_deref(), Some(made.as_bytes()), "{what}"),
            Some(key) if small && key.len() > 1000 => {
                assert_eq!(letter.key.as_deref(), Some(made.as_bytes()), "{what}");
                assert_eq!(
                    letter.header("catenae.key-length"),
                    key.len().to_string(),
                    "{what}"
                );
            }
            key => assert_eq!(&letter.key, key, "{what}"),
        }
        let value = letter.value.as_ref().expect("a value").len();
        if small && odd.value > 0 {
            assert_eq!(value, 1024, "{what}");
            let length = letter
                .header("catenae.value-length")
                .parse()
                .expect("a number");
            assert!(
                (odd.value..odd.value + 50).contains(&length),
                "{what}: {length}"
            );
        } else {
            assert!(value >= odd.value, "{what}");
        }
        let own = header(&letter, "own").map_or(0, str::len);
        assert_eq!(own, if small { 0 } else { odd.header }, "{what}");
    }
    // It goes on.
    stage.feed(["ok 1"]);
    stage.await_committed(all.len() as i64 + 1);
    drop(flaky);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn on_a_stream_of_its_own_a_letter_is_as_its_electron_was() {
    for mode in [&[][..], &EXACTLY] {
        every_odd_electron_becomes_a_letter(Known::Own, &[], mode);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn on_an_operators_stream_a_letter_is_changed_as_far_as_it_must_be() {
    let small = [("max.message.bytes", "3000")];
    let compacted = [("cleanup.policy", "compact")];
    let by_broker = [("message.timestamp.type", "LogAppendTime")];
    let all = [LIMITS[0], LIMITS[1], small[0], compacted[0]];
    for settings in [&LIMITS[..], &small, &compacted, &by_broker, &all] {
        every_odd_electron_becomes_a_letter(Known::Before, settings, &[]);
    }
    every_odd_electron_becomes_a_letter(Known::Before, &all, &EXACTLY);
    every_odd_electron_becomes_a_letter(Known::Before, &all, &["--sync"]);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn on_a_stream_whose_limits_change_a_letter_finds_its_way() {
    let small = [("max.message.bytes", "3000")];
    let compacted = [("cleanup.policy", "compact")];
    let all = [LIMITS[0], LIMITS[1], small[0], compacted[0]];
    let own = ["--kafka", "compression.type=none"];
    for mode in [&[][..], &EXACTLY, &["--sync"]] {
        for settings in [&LIMITS[..], &compacted, &small, &all] {
            every_odd_electron_becomes_a_letter(Known::Later, settings, &[mode, &own].concat());
        }
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_electron_waits_for_its_retry_whatever_its_stream_takes() {
    let small = ("max.message.bytes", "3000");
    let compacted = ("cleanup.policy", "compact");
    for settings in [&[][..], &[compacted, small, LIMITS[0], LIMITS[1]]] {
        let stage = stage();
        let retries = format!("{}.flaky.retry", stage.input);
        if !settings.is_empty() {
            stage.broker.create_with(&retries, 1, &kept(settings));
        }
        let more = ["--retry", "max=5,backoff=5ms..50ms,delayed"];
        let flaky = stage.start("flaky", &more);
        let all = Odd::all();
        for odd in &all {
            odd.feed(&stage, "err 2");
        }
        stage.await_committed(all.len() as i64);
        let mut there = stage.read(all.len());
        there.sort_by_key(|one| header(one, "from").map(str::to_owned));
        for (odd, one) in all.iter().zip(&there) {
            assert!(text(one).contains(odd.name), "{}: {}", odd.name, text(one));
            assert_eq!(one.key, odd.key, "{}: its own key", odd.name);
            assert_eq!(header(one, "attempt"), Some("3"), "{}", odd.name);
            assert_eq!(header(one, "own").map_or(0, str::len), odd.header);
        }
        flaky.signal(catenae_tests::Signal::Terminate);
        exits(&flaky, 0);
    }
}

/// Killed again and again in the middle, in the mode that repeats nothing.
#[test]
#[ignore = "needs Apache Kafka"]
fn restarts_repeat_no_letter() {
    let stage = stage();
    let stream = dead_letters_of(&stage, "flaky");
    stage.broker.create_with(&stream, 1, &kept(&LIMITS));
    let options = [&DEAD[..], &EXACTLY].concat();
    let all = Odd::all();
    for odd in &all {
        odd.feed(&stage, "err");
    }
    for round in 0..3 {
        let flaky = stage.start("flaky", &options);
        let before = stage.committed();
        eventually("something is done", DEADLINE, || {
            let stopped = flaky.lines().iter().any(|line| line.starts_with("error: "));
            assert!(!stopped, "{}", flaky.lines().join("\n"));
            let there = length(&stage.broker, &stream) > round || stage.committed() > before;
            there.then_some(())
        });
        flaky.signal(catenae_tests::Signal::Kill);
        let _ = flaky.end(DEADLINE);
    }
    let flaky = stage.start("flaky", &options);
    await_letters(&stage, &flaky, all.len());
    assert_eq!(letters(&stage, all.len()).len(), all.len());
}
