//! Outputs that Kafka refuses: a failure of the electron that sent them, in every mode of delivery, and
//! of no other one.

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, eventually, feed, put, read_committed};
use rdkafka::producer::BaseRecord;

use super::{dead_letters, dead_letters_of};
use crate::stage::{Stage, exits, same, text};

/// What is wrong with every tenth electron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It has no key, and the output is compacted, as the link can know.
    Keyless,
    /// The output was made so while the link ran: only Kafka knows.
    KeylessLater,
    /// It is larger than the output takes since the link runs. Kafka names nobody: it refuses the batch.
    LargeLater,
}

const ALL: usize = 200;
const EVERY: usize = 10;

const MODES: [&[&str]; 6] = [
    &[],
    &["--seq"],
    &["--sync"],
    &["--delivery", "at-most-once"],
    &["--delivery", "exactly-once"],
    &["--retry", "max=3,backoff=1ms..2ms,park"],
];

struct Case {
    stage: Stage,
    wrong: Wrong,
    guilty: Vec<String>,
    others: Vec<String>,
}

impl Case {
    fn new(wrong: Wrong) -> Self {
        let stage = Stage::bare(TestBroker::kafka());
        stage.broker.create(&stage.input, 1);
        let settings: &[(&str, &str)] = match wrong {
            Wrong::Keyless => &[("cleanup.policy", "compact")],
            Wrong::KeylessLater | Wrong::LargeLater => &[],
        };
        stage.broker.create_with(&stage.output, 1, settings);
        let line = |n: usize| match (wrong, n % EVERY) {
            (Wrong::LargeLater, 0) => format!("ok - {n:03} {}", "x".repeat(3000)),
            _ => format!("ok - {n:03}"),
        };
        let is_guilty = |n: &usize| n.is_multiple_of(EVERY);
        let (guilty, others): (Vec<usize>, Vec<usize>) = (1..=ALL).partition(is_guilty);
        Self {
            stage,
            wrong,
            guilty: guilty.into_iter().map(line).collect(),
            others: others.into_iter().map(line).collect(),
        }
    }

    /// Starts the probe, and feeds it when the output is as it shall be.
    fn start(&self, probe: &str, more: &[&str]) -> Child {
        let own = more.contains(&"--give-up-cap") || !more.contains(&"--on-error");
        let caps: &[&str] = match own {
            true => &[],
            false => &["--give-up-cap", "run=1000,percent=100"],
        };
        let plain = ["--kafka", "compression.type=none"];
        let more = [caps, &plain, more].concat();
        let stage = &self.stage;
        let key = Some(&b"first"[..]);
        feed(
            &stage.broker,
            &stage.input,
            [(key, Some(&b"ok - first"[..]))],
        );
        let child = stage.start(probe, &more);
        stage.await_committed(1);
        match self.wrong {
            Wrong::Keyless => {}
            Wrong::KeylessLater => {
                let settings = [("cleanup.policy", "compact")];
                stage.broker.configure(&stage.output, &settings);
            }
            Wrong::LargeLater => {
                let settings = [("max.message.bytes", "2000")];
                stage.broker.configure(&stage.output, &settings);
            }
        }
        let mut lines: Vec<&String> = self.guilty.iter().chain(&self.others).collect();
        lines.sort();
        let records = lines.iter().map(|line| {
            let keyless = self.wrong != Wrong::LargeLater && self.guilty.contains(line);
            (
                Some(line.as_bytes()).filter(|_| !keyless),
                Some(line.as_bytes()),
            )
        });
        feed(&stage.broker, &stage.input, records);
        child
    }

    /// What a reader of committed electrons finds on the output, sorted.
    fn seen(&self) -> Vec<String> {
        let read = read_committed(&self.stage.broker, &self.stage.output);
        let mut lines: Vec<String> = read.iter().map(text).collect();
        lines.sort();
        lines
    }

    /// Everything but the guilty ones is there, once.
    #[track_caller]
    fn others_are_there(&self, child: &Child) {
        let mut expected = self.others.clone();
        expected.push("ok - first".to_owned());
        expected.sort();
        let there = eventually("all others are there", DEADLINE, || {
            let lines = self.seen();
            assert!(!child.has_ended(), "it has ended: {:#?}", child.lines());
            (lines.len() >= expected.len()).then_some(lines)
        });
        same(&there, &expected);
    }

    /// The name of the client for what Kafka says.
    fn code(&self) -> &'static str {
        match self.wrong {
            Wrong::Keyless => "rejects electrons without a key",
            Wrong::KeylessLater => "InvalidRecord",
            Wrong::LargeLater => "MessageSizeTooLarge",
        }
    }
}

fn dead_letter(wrong: Wrong, probe: &str, mode: &[&str]) {
    let case = Case::new(wrong);
    let child = case.start(probe, &[&["--on-error", "dead_letter"], mode].concat());
    case.stage.await_committed(ALL as i64 + 1);
    case.others_are_there(&child);
    let mut letters = read_committed(&case.stage.broker, &dead_letters_of(&case.stage, probe));
    letters.sort_by_key(|letter| letter.text().to_owned());
    let lines: Vec<String> = letters.iter().map(text).collect();
    same(&lines, &case.guilty);
    for (n, letter) in letters.iter().enumerate() {
        assert_eq!(letter.header("catenae.error-kind"), "refused", "{mode:?}");
        let offset = ((n + 1) * EVERY).to_string();
        assert_eq!(letter.header("catenae.origin-offset"), offset);
        assert_eq!(
            letter.header("catenae.attempt"),
            "1",
            "it is not tried again"
        );
        let error = letter.header("catenae.error");
        assert!(error.contains(&case.stage.output), "{error}");
        assert!(error.contains(case.code()), "{error}");
    }
    drop(child);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_refused_output_makes_a_dead_letter_of_its_electron_and_of_no_other() {
    for mode in MODES {
        dead_letter(Wrong::Keyless, "flaky", mode);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn so_does_one_of_which_only_kafka_knows() {
    for mode in MODES {
        dead_letter(Wrong::KeylessLater, "flaky", mode);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn so_does_one_whose_whole_batch_is_refused() {
    for mode in MODES {
        dead_letter(Wrong::LargeLater, "flaky", mode);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn so_does_one_of_several_lanes() {
    for wrong in [Wrong::KeylessLater, Wrong::LargeLater] {
        dead_letter(wrong, "lanes", &["--quiet"]);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_refused_output_is_skipped_when_the_policy_says_so() {
    for (wrong, mode) in [
        (Wrong::Keyless, MODES[0]),
        (Wrong::KeylessLater, MODES[0]),
        (Wrong::LargeLater, MODES[2]),
        (Wrong::KeylessLater, MODES[3]),
        (Wrong::KeylessLater, MODES[4]),
    ] {
        let case = Case::new(wrong);
        let child = case.start("flaky", &[&["--on-error", "skip"], mode].concat());
        case.stage.await_committed(ALL as i64 + 1);
        case.others_are_there(&child);
        let line = child.line("offset 10: skipped", DEADLINE);
        assert!(line.contains(case.code()), "{line}");
        assert!(line.contains(&case.stage.output), "{line}");
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn without_a_policy_it_stops_at_the_electron_and_names_it() {
    for (wrong, mode) in [
        (Wrong::Keyless, MODES[0]),
        (Wrong::KeylessLater, MODES[0]),
        (Wrong::KeylessLater, MODES[2]),
        (Wrong::LargeLater, MODES[0]),
        (Wrong::KeylessLater, MODES[3]),
        (Wrong::KeylessLater, MODES[4]),
        (Wrong::LargeLater, MODES[4]),
    ] {
        let case = Case::new(wrong);
        let child = case.start("flaky", mode);
        exits(&child, 1);
        let error = child.line("error: flaky/", DEADLINE);
        let place = format!("stream `{}`, partition 0, offset 10", case.stage.input);
        assert!(error.contains(&place), "{error}");
        let all = child.lines().join("\n");
        assert!(
            all.contains(&format!("stream `{}`", case.stage.output)),
            "{all}"
        );
        assert!(all.contains(case.code()), "{all}");
        if mode != MODES[3] {
            assert!(
                case.stage.committed() <= 10,
                "nothing behind it is committed"
            );
        }
    }
}

/// The output refuses the electron, and the stream of dead letters refuses its letter for the time it has.
#[test]
#[ignore = "needs Apache Kafka"]
fn a_refused_electron_whose_letter_is_refused_as_it_was_is_put_aside_all_the_same() {
    for mode in [MODES[0], MODES[2], MODES[3], MODES[4]] {
        let broker = TestBroker::kafka();
        let stage = Stage::bare(broker);
        let letters = dead_letters_of(&stage, "flaky");
        let before = "message.timestamp.before.max.ms";
        let any = [(before, "9223372036854775807")];
        for stream in [&stage.input, &stage.output, &letters] {
            stage.broker.create_with(stream, 1, &any);
        }
        stage.feed(["ok - first"]);
        let flaky = stage.start("flaky", &[&["--on-error", "dead_letter"], mode].concat());
        stage.await_committed(1);
        let compacted = [("cleanup.policy", "compact")];
        stage.broker.configure(&stage.output, &compacted);
        stage.broker.configure(&letters, &[(before, "86400000")]);
        for n in 0..3 {
            let value = format!("ok - {n}");
            let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&stage.input);
            record.payload = Some(value.as_bytes());
            put(&stage.broker, record.timestamp(864_000_000));
        }
        stage.await_committed(4);
        let read = read_committed(&stage.broker, &letters);
        assert_eq!(read.len(), 3, "{mode:?}");
        for letter in read {
            assert_eq!(letter.header("catenae.error-kind"), "refused");
            assert_eq!(letter.header("catenae.changed"), "timestamp");
            assert_eq!(letter.header("catenae.origin-timestamp"), "864000000");
        }
        drop(flaky);
    }
}

/// A cap counts by their places what comes back in a bunch: 1 in 10 is no run, and not more than its share.
#[test]
#[ignore = "needs Apache Kafka"]
fn what_is_refused_late_counts_as_what_fails_in_turn() {
    let case = Case::new(Wrong::KeylessLater);
    let caps = ["--give-up-cap", "run=5,percent=20"];
    let more = [&["--on-error", "dead_letter"][..], &caps].concat();
    let child = case.start("flaky", &more);
    case.stage.await_committed(ALL as i64 + 1);
    drop(child);
    let all_wrong = Case::new(Wrong::KeylessLater);
    let child = all_wrong.start("flaky", &more);
    all_wrong.stage.await_committed(ALL as i64 + 1);
    all_wrong
        .stage
        .feed((0..20).map(|n| format!("ok - keyless {n}")));
    exits(&child, 1);
    child.line("given up one after the other, and the cap", DEADLINE);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_function_that_awaits_its_send_is_told_and_cannot_hide_it() {
    let case = Case::new(Wrong::LargeLater);
    let more = [
        "--on-error",
        "dead_letter",
        "--retry",
        "max=3,backoff=1ms..2ms",
    ];
    let child = case.start("sender", &more);
    case.stage.await_committed(ALL as i64 + 1);
    let letters = dead_letters(&case.stage, "sender", case.guilty.len());
    for letter in letters {
        assert_eq!(letter.header("catenae.error-kind"), "refused");
        assert_eq!(
            letter.header("catenae.attempt"),
            "1",
            "it is not tried again"
        );
    }
    drop(child);
}

/// Its lane has ended by then: nobody can give it up any more.
#[test]
#[ignore = "needs Apache Kafka"]
fn one_that_comes_with_the_last_flush_is_told_with_its_place() {
    for mode in [MODES[0], MODES[3]] {
        let stage = Stage::kafka(1);
        let late = [
            "--kafka",
            "linger.ms=60000",
            "--kafka",
            "compression.type=none",
        ];
        let worker = stage.start("worker", &[&late[..], mode].concat());
        worker.line("assigned: ", DEADLINE);
        let small = [("max.message.bytes", "2000")];
        stage.broker.configure(&stage.output, &small);
        let line = "x".repeat(3000);
        stage.feed([&line]);
        worker.line("did xxx", DEADLINE);
        worker.signal(Signal::Terminate);
        exits(&worker, 1);
        let place = format!("stream `{}`, partition 0, offset 0", stage.input);
        worker.line(&place, DEADLINE);
        worker.line("MessageSizeTooLarge", DEADLINE);
        let is_committed = i64::from(mode == MODES[3]);
        assert_eq!(stage.committed(), is_committed, "{mode:?}");
    }
}
