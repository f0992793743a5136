//! A topology in one process, on a broker of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use catenae_tests::{
    Child, DEADLINE, OwnBroker, TestBroker, eventually, feed, length, read_committed, unique,
};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};

use crate::stage::{ends_in_order, exits, probe_path, within};

fn start(more: &[&str]) -> Child {
    Child::start(probe_path("chain"), more)
}

/// Starts the topology that ends, or does not.
fn ends(more: &[&str]) -> Child {
    Child::start(probe_path("ends"), more)
}

fn gate() -> PathBuf {
    std::env::temp_dir().join(unique("catenae-gate"))
}

#[test]
fn it_ends_when_its_sources_have_ended_and_everything_is_read() {
    let chain = start(&["--numbers", "20000"]);
    exits(&chain, 0);
    chain.line("counted 20000 different of 20000", DEADLINE);
}

#[test]
fn what_a_finish_sends_is_read_too() {
    let sums = Child::start(probe_path("sums"), ["--log-level", "debug"]);
    exits(&sums, 0);
    sums.line("the total is 500500", DEADLINE);
}

#[test]
fn with_groups_of_their_own_every_instance_reads_everything() {
    let shared = ends(&[]);
    exits(&shared, 0);
    shared.line("300 came", DEADLINE);
    let each = ends(&["--random-consumer-group"]);
    exits(&each, 0);
    each.line("600 came", DEADLINE);
}

#[test]
fn a_slow_reader_loses_nothing_of_a_backlog_beyond_what_the_broker_keeps() {
    let gate = gate();
    let chain = start(&[
        "--numbers",
        "300000",
        "--gate-counter",
        gate.to_str().unwrap(),
    ]);
    chain.line("holding", DEADLINE);
    fs::write(&gate, "").unwrap();
    assert_eq!(chain.end(DEADLINE * 2).code(), Some(0));
    chain.line("counted 300000 different of 300000", DEADLINE);
    let _ = fs::remove_file(gate);
}

#[test]
fn it_ends_only_when_what_waits_for_a_retry_is_over() {
    let fails = [
        "--numbers",
        "20000",
        "--critic-fails-at",
        "5000",
        "--on-error",
        "dead_letter",
    ];
    let delayed = ["--retry", "max=3,backoff=300ms,delayed"];
    let chain = start(&[&fails[..], &delayed].concat());
    exits(&chain, 0);
    // None twice, unless partitions have moved: a member that is late on a busy machine is let go.
    let counted = chain.line("counted 20000 different of", DEADLINE);
    let lines = chain.lines();
    let moved = ["revoked: ", "lost: "];
    let has_moved = |line: &String| moved.iter().any(|word| line.contains(word));
    assert!(
        counted.contains("of 20000") || lines.iter().any(has_moved),
        "{counted}: {lines:#?}"
    );
    chain.line(
        "a dead letter on `numbers.critic.dlq` after 4 attempts",
        DEADLINE,
    );
    chain.line("0 electrons skipped, 1 dead letters", DEADLINE);
}

#[test]
fn a_failing_link_ends_the_whole() {
    within("the end", Duration::from_secs(20), || {
        let chain = start(&["--endless", "--critic-fails-at", "5000"]);
        exits(&chain, 1);
        chain.line("error: critic/", DEADLINE);
        chain.line("ordered to fail at 5000", DEADLINE);
        assert!(
            !chain
                .lines()
                .iter()
                .any(|line| line.contains("took longer than"))
        );
    });
}

#[test]
fn a_signal_ends_the_whole_also_while_senders_wait_for_room() {
    let gate = gate();
    let chain = start(&[
        "--endless",
        "--gate-counter",
        gate.to_str().unwrap(),
        "--log-level",
        "debug",
    ]);
    chain.line("holding", DEADLINE);
    fs::write(&gate, "").unwrap();
    within("the end", Duration::from_secs(7), || {
        ends_in_order(&chain);
    });
    let _ = fs::remove_file(gate);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn it_runs_on_a_kafka_too() {
    let broker = TestBroker::kafka();
    // Its streams have fixed names: what an older run left unread is counted too.
    let chain = start(&["--numbers", "5000", "-k", broker.address()]);
    exits(&chain, 0);
    chain.line("counted 5000 different", DEADLINE);
}

/// Its streams have fixed names: what an older run left unread is counted too.
#[test]
#[ignore = "needs Apache Kafka"]
fn it_ends_behind_the_marks_of_transactions_and_what_was_aborted() {
    let broker = TestBroker::kafka();
    // Without calls: others write nonsense to their streams, and it is told.
    let once = [
        "-k",
        broker.address(),
        "--delivery",
        "exactly-once",
        "--rpc",
        "off",
    ];
    let finished = |more: &[&str]| {
        let ends = ends(&[&once, more].concat());
        exits(&ends, 0);
        ends.line("the sources have ended and everything is read", DEADLINE);
        assert!(ends.loud().is_empty(), "{:#?}", ends.lines());
        let came = ends.printed().concat();
        let came: u64 = came
            .split(' ')
            .next()
            .expect("a word")
            .parse()
            .expect("a number");
        came
    };
    assert!(finished(&[]) >= 300);
    abort_some(&broker, "ends_numbers");
    abort_some(&broker, "ends_passed");
    // Nothing at all is sent, and the ends of all partitions are what was aborted.
    assert_eq!(finished(&["--numbers", "0"]), 0);
    assert_eq!(finished(&[]), 300);
}

/// What is behind the last electron is nothing that can be read: gaps, and the marks of transactions.
#[test]
#[ignore = "needs Apache Kafka"]
fn it_ends_behind_what_was_compacted() {
    TestBroker::require_kafka();
    let own = OwnBroker::start_with(&probe_path("broker"), &[], "log.cleaner.backoff.ms=100");
    let (broker, stream) = (own.broker(), "ends_numbers");
    let compacted = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "50"),
        ("min.cleanable.dirty.ratio", "0.01"),
    ];
    broker.create_with(stream, 10, &compacted);
    let left = eventually("the stream is compacted", DEADLINE, || {
        for value in [&b"1"[..], b"2", b"3"] {
            feed(&broker, stream, [(Some(&b"key"[..]), Some(value))]);
        }
        let left = read_committed(&broker, stream).len();
        (i64::try_from(left).expect("a count") < length(&broker, stream)).then_some(left)
    });
    abort_some(&broker, stream);
    let ends = ends(&["-k", broker.address(), "--numbers", "0"]);
    exits(&ends, 0);
    ends.line("the sources have ended and everything is read", DEADLINE);
    // The broker may compact further meanwhile.
    let printed = ends.printed();
    let came = printed
        .iter()
        .find_map(|line| line.strip_suffix(" came")?.parse().ok());
    assert!(
        came.is_some_and(|came: usize| (1..=left).contains(&came)),
        "of {left}: {printed:?}"
    );
}

/// Writes to every partition of a stream what nobody will see.
fn abort_some(broker: &TestBroker, stream: &str) {
    let producer: ThreadedProducer<DefaultProducerContext> = broker
        .client()
        .set("transactional.id", unique("aborts"))
        .create()
        .expect("a producer");
    producer.init_transactions(DEADLINE).expect("a coordinator");
    producer.begin_transaction().expect("it begins");
    for partition in 0..10 {
        let record: BaseRecord<'_, (), str> = BaseRecord::to(stream);
        let record = record.partition(partition).payload("aborted");
        producer.send(record).expect("room");
    }
    producer.flush(DEADLINE).expect("it is there");
    producer.abort_transaction(DEADLINE).expect("it ends");
}

#[test]
fn a_time_limit_is_an_end_with_a_reason() {
    let endless = ends(&["--endless", "--time-limit", "3"]);
    exits(&endless, 1);
    endless.line(
        "error: topology `ends` was not finished within its time limit of 3 s: `ends_source` had not ended",
        DEADLINE,
    );
    // What is done in time does not notice.
    let ends = ends(&["--time-limit", "60"]);
    exits(&ends, 0);
    ends.line("300 came", DEADLINE);
}

#[test]
fn a_reader_that_stops_too_early_is_no_success() {
    let ends = ends(&["--stop-after", "100"]);
    exits(&ends, 1);
    let line = ends.line("error: ends_leaf/", DEADLINE);
    // The two between it and the source may be behind as well.
    for expected in [
        "stopped topology `ends` before it was finished (\"that is enough\"): `",
        "` had not read stream `ends_",
    ] {
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn a_broker_in_memory_is_chosen_and_not_come_upon() {
    let variable = "CATENAE_KAFKA_BOOTSTRAP_SERVER";
    let with = |value: &str, more: &[&str]| {
        let mut command = Command::new(probe_path("ends"));
        Child::spawn({
            command.args(more).env(variable, value);
            command
        })
    };
    let empty = with("", &[]);
    exits(&empty, 2);
    empty.line(
        "error: `CATENAE_KAFKA_BOOTSTRAP_SERVER` is set but empty: give `host:port`; for the embedded \
         broker, which keeps everything in memory, unset it, or write `-k embedded`",
        DEADLINE,
    );
    // Said once, and by whoever chose it.
    for chosen in [
        with("embedded", &[]),
        with("", &["-k", "embedded"]),
        ends(&[]),
    ] {
        exits(&chosen, 0);
        let lines = chosen.lines();
        let said = lines.iter().filter(|line| {
            line.contains("INFO")
                && line.contains("in memory: what it holds is gone when this process")
        });
        assert_eq!(said.count(), 1, "{lines:#?}");
        assert!(chosen.loud().is_empty(), "{lines:#?}");
    }
}
