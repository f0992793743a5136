//! An output, or a stream of dead letters, that is deleted and created again.

use std::thread;

use catenae_tests::{DEADLINE, length};

use super::{MODES, ends_recreated, recreate_under_load, seen};
use crate::stage::{Stage, ends_in_order, exits, numbered, same};

#[test]
#[ignore = "needs Apache Kafka"]
fn an_output_is_noticed_in_every_mode() {
    for mode in MODES {
        let stage = Stage::kafka(1);
        stage.feed(["before"]);
        let worker = stage.start("worker", mode);
        stage.await_output(1);
        stage.await_committed(1);
        stage.broker.recreate(&stage.output, 1);
        ends_recreated(&worker, "output", &stage.output);
        // As the message says, or nearly: the next start sends to the new one.
        let worker = stage.start("worker", mode);
        stage.feed(["behind"]);
        assert_eq!(seen(&stage, 1), ["behind"], "{mode:?}");
        ends_in_order(&worker);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_output_and_a_stream_of_dead_letters_are_noticed_too() {
    let stage = Stage::kafka(1);
    let dead = format!("{}.worker.dlq", stage.input);
    for recreated in [&stage.output, &dead] {
        let worker = stage.start("worker", &["--on-error", "dead_letter"]);
        let line = format!("before {recreated}");
        stage.feed([&line]);
        worker.line(&format!("did {line}"), DEADLINE);
        stage.await_committed(length(&stage.broker, &stage.input));
        stage.broker.recreate(recreated, 1);
        ends_recreated(&worker, "output", recreated);
    }
    // Told to go on, it writes to the new one, and all of it is there.
    let worker = stage.start("worker", &["--on-recreate", "from-beginning"]);
    stage.feed(["one"]);
    worker.line("did one", DEADLINE);
    stage.await_committed(length(&stage.broker, &stage.input));
    stage.broker.recreate(&stage.output, 1);
    worker.line("everything sent to the old stream is gone", DEADLINE);
    stage.feed(numbered("after", 5));
    same(&stage.lines(5), &numbered("after", 5));
    ends_in_order(&worker);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn the_output_of_a_source_is_noticed() {
    let stage = Stage::kafka(1);
    let source = stage.start_source("ticker", &[]);
    stage.await_output(1);
    stage.broker.recreate(&stage.output, 1);
    ends_recreated(&source, "output", &stage.output);
}

/// The producer is told first: its partition is not there any more, or the stream is not for a moment.
#[test]
#[ignore = "needs Apache Kafka"]
fn an_output_with_fewer_partitions_is_noticed_while_it_is_written_to() {
    for mode in MODES {
        let stage = Stage::kafka(1);
        stage.broker.recreate(&stage.output, 12);
        stage.feed(["before"]);
        let worker = stage.start("worker", mode);
        stage.await_committed(1);
        recreate_under_load(&stage, &worker, &stage.output, "line");
        ends_recreated(&worker, "output", &stage.output);
        let worker = stage.start("worker", mode);
        stage.await_committed(length(&stage.broker, &stage.input));
        ends_in_order(&worker);
    }
}

/// Told to go on, it cannot when something is on its way to a partition that is gone; the next start does.
#[test]
#[ignore = "needs Apache Kafka"]
fn what_was_on_its_way_to_a_partition_that_is_gone_is_sent_at_the_next_start() {
    let stage = Stage::kafka(1);
    stage.broker.recreate(&stage.output, 12);
    stage.feed(["before"]);
    let options = &["--on-recreate", "from-beginning"];
    let worker = stage.start("worker", options);
    stage.await_committed(1);
    let lines = thread::scope(|scope| {
        let recreated = scope.spawn(|| stage.broker.recreate(&stage.output, 1));
        let mut lines = 0;
        while !worker.has_ended() && (lines < 50 || !recreated.is_finished()) {
            lines += 1;
            stage.feed([format!("line {lines}")]);
        }
        lines
    });
    if worker.has_ended() {
        exits(&worker, 1);
        worker.line("the next start handles their inputs again", DEADLINE);
    } else {
        ends_in_order(&worker);
    }
    let worker = stage.start("worker", options);
    stage.await_committed(lines + 1);
    ends_in_order(&worker);
}
