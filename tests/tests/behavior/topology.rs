//! A topology in one process, on a broker of its own.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, unique};

use crate::stage::{exits, probe_path, within};

fn start(more: &[&str]) -> Child {
    Child::start(probe_path("chain"), more)
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
        chain.signal(Signal::Terminate);
        exits(&chain, 0);
    });
    let _ = fs::remove_file(gate);
}

#[test]
fn it_runs_on_a_kafka_too() {
    let Some(broker) = TestBroker::kafka_only() else {
        return;
    };
    // Its streams have fixed names: what an older run left unread is counted too.
    let chain = start(&["--numbers", "5000", "-k", broker.address()]);
    exits(&chain, 0);
    chain.line("counted 5000 different", DEADLINE);
}
