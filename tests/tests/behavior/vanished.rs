//! Electrons that are gone before they were read: an error, never a silent start elsewhere.

use catenae_tests::{DEADLINE, TestBroker};

use crate::stage::{Stage, ends_in_order, exits, numbered};

#[test]
fn vanished_offsets_stop_the_link() {
    let stage = Stage::new(1);
    stage.feed(numbered("early", 100));
    let worker = stage.start("worker", &[]);
    stage.await_committed(100);
    ends_in_order(&worker);
    match &stage.broker {
        TestBroker::Embedded(_) => {
            // Past the 5 MiB that a partition of it keeps; not compressed by this client.
            let line = "x".repeat(10_000);
            stage.feed((0..900).map(|n| format!("{n} {line}")));
        }
        TestBroker::Kafka(_) => {
            stage.feed(numbered("late", 100));
            stage.broker.delete_before(&stage.input, 0, 150);
        }
    }
    for _ in 0..2 {
        let worker = stage.start("worker", &["--quiet"]);
        exits(&worker, 1);
        let error = worker.line("error: worker/", DEADLINE);
        assert!(
            error.contains("electrons vanished before they were read"),
            "{error}"
        );
        let place = format!("stream `{}`, partition 0: offsets 100 to ", stage.input);
        assert!(error.contains(&place), "{error}");
        assert_eq!(stage.committed(), 100);
    }
    // As the message says.
    let worker = stage.start("worker", &["--kafka", "auto.offset.reset=earliest"]);
    worker.line("did ", DEADLINE);
}

#[test]
fn a_new_group_starts_at_the_earliest_electron() {
    let stage = Stage::new(1);
    stage.feed(numbered("line", 100));
    if let TestBroker::Kafka(_) = &stage.broker {
        stage.broker.delete_before(&stage.input, 0, 40);
    }
    let worker = stage.start("worker", &[]);
    worker.line("did line-000099", DEADLINE);
    let first = if matches!(stage.broker, TestBroker::Kafka(_)) {
        40
    } else {
        0
    };
    assert_eq!(stage.lines(100 - first), numbered("line", 100)[first..]);
}
