//! What stands still is said, with what it waits for, and what moves is not.

use std::time::Duration;

use catenae_tests::{Child, DEADLINE};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::stage::{Stage, ends_in_order, holds_for, numbered, own_stage};

/// A limit that a test can wait for.
const LIMIT: &[&str] = &["--stall-timeout", "2"];
/// A group that a silent broker does not throw out.
const PATIENT: &[&str] = &["--kafka", "session.timeout.ms=40000"];

fn silent(child: &Child) -> bool {
    !child.lines().iter().any(|line| {
        line.contains("has been stalled")
            || line.contains("stalls [(")
            || line.contains("moves again")
    })
}

#[test]
fn a_stuck_function_is_named() {
    let stage = Stage::new(1);
    let gate = stage.gate();
    stage.feed(numbered("line", 10));
    let hold = ["--hold", "line-000005", "--gate", &gate];
    let worker = stage.start("watched", &[LIMIT, &hold].concat());
    worker.line("stalls []", DEADLINE);
    let said = worker.line("has been stalled", DEADLINE);
    let input = &stage.input;
    for part in [
        "WARN",
        &*format!("stream `{input}`, partition 0, has been stalled at offset 5 for "),
        " s (lag 5) and waits for the link's function, which has had stream `",
        &format!("{input}`, partition 0, offset 5 in hand for "),
        " s on thread `watched-lane-0`",
    ] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    worker.line("stalls [(0, Some(5))]", DEADLINE);
    stage.open_gate();
    worker.line(
        &format!("stream `{input}`, partition 0, moves again after"),
        DEADLINE,
    );
    stage.await_committed(10);
    ends_in_order(&worker);
    let stalls = worker.printed().into_iter();
    let stalls: Vec<String> = stalls.filter(|line| line.starts_with("stalls")).collect();
    assert_eq!(stalls, ["stalls []", "stalls [(0, Some(5))]", "stalls []"]);
}

#[test]
fn outputs_that_hang_are_named() {
    let (own, stage) = own_stage();
    let gate = stage.gate();
    stage.feed(numbered("line", 20));
    let hold = ["--hold", "line-000010", "--gate", &gate];
    let worker = stage.start("watched", &[LIMIT, PATIENT, &hold].concat());
    worker.line("holding", DEADLINE);
    own.pause();
    stage.open_gate();
    worker.line("and waits for Kafka to confirm 1 output", DEADLINE);
    own.resume();
    worker.line("moves again after", DEADLINE);
    stage.await_committed(20);
    ends_in_order(&worker);
}

#[test]
fn a_broker_that_is_gone_is_said() {
    let (own, stage) = own_stage();
    stage.feed(numbered("line", 20));
    let worker = stage.start("watched", LIMIT);
    stage.await_committed(20);
    own.pause();
    worker.line("has been outside its consumer group for ", DEADLINE);
    own.resume();
    stage.feed(numbered("more", 20));
    stage.await_committed(40);
    ends_in_order(&worker);
}

#[test]
fn a_source_without_room_says_so() {
    let (own, stage) = own_stage();
    let source = stage.start_source(
        "numbers",
        &[LIMIT, &["--numbers", "1000000000"][..]].concat(),
    );
    stage.await_output(1000);
    own.pause();
    source.line("the source has been stalled for ", DEADLINE);
    own.resume();
    source.line("the source goes on after ", DEADLINE);
}

#[test]
fn what_is_idle_or_slow_is_no_stall() {
    let stage = Stage::new(1);
    stage.feed(numbered("line", 3));
    let work = ["--work", "700"];
    let slow = stage.start("watched", &[LIMIT, &work].concat());
    slow.line("did line-000002", DEADLINE);
    holds_for("it is silent", Duration::from_secs(5), || silent(&slow));
    let more = numbered("more", 6);
    stage.feed(&more);
    slow.line("did more-000005", DEADLINE);
    assert!(silent(&slow));
    ends_in_order(&slow);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_a_transaction_leaves_behind_is_no_lag() {
    let stage = Stage::kafka(1);
    let producer: ThreadedProducer<DefaultProducerContext> = stage
        .broker
        .client()
        .set("transactional.id", &stage.group)
        .create()
        .expect("a producer");
    producer.init_transactions(DEADLINE).expect("a coordinator");
    // Offsets 0 and 1, a mark at 2; 3 with its own mark is never seen.
    for (line, commit) in [(["a", "b"].as_slice(), true), (&["c"], false)] {
        producer.begin_transaction().expect("it begins");
        for text in line {
            let record: BaseRecord<'_, (), str> = BaseRecord::to(&stage.input).payload(*text);
            producer.send(record).expect("room");
        }
        if commit {
            producer.commit_transaction(DEADLINE).expect("it ends");
        } else {
            producer.flush(DEADLINE).expect("it is there");
            producer.abort_transaction(DEADLINE).expect("it ends");
        }
    }
    let worker = stage.start("watched", LIMIT);
    stage.await_committed(2);
    holds_for("it is silent", Duration::from_secs(5), || silent(&worker));
    ends_in_order(&worker);
    // A stop is no different: the mark behind the last electron is not its business.
    assert_eq!(stage.committed(), 2);
    drop(worker);
    let again = stage.start("watched", LIMIT);
    again.line("assigned", DEADLINE);
    holds_for("it is silent", Duration::from_secs(5), || silent(&again));
}
