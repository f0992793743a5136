//! Consumers that are closed in the middle of a rebalance: each must end, and its group be left.

use std::sync::{Arc, mpsc};
use std::thread;

use rdkafka::ClientConfig;
use rdkafka::topic_partition_list::Offset;

use super::*;
use crate::bell::Bell;
use crate::codec::Codec;
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::intake::{IntakeParts, Settling};
use crate::shutdown::{StopReason, Stopper};
use crate::stream::StreamName;
use crate::tracker::Tracker;

const DEADLINE: Duration = Duration::from_secs(20);
const STREAM: &str = "lines";
/// So many groups at once keep the machine busy, so that things meet that rarely do: without
/// `Parting` one of the first hundred and fifty hangs.
const GROUPS: usize = 30;
const ROUNDS: usize = 8;

fn broker() -> EmbeddedBroker {
    let broker = EmbeddedBroker::start().unwrap();
    broker.create_stream(STREAM, 8).unwrap();
    broker
}

fn settings(broker: &EmbeddedBroker, group: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.address())
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.commit", "false");
    for (name, value) in EmbeddedBroker::client_settings() {
        config.set(*name, *value);
    }
    config
}

/// The callbacks of a micromodule that stops.
fn intake() -> Intake {
    let bell = Arc::new(Bell::default());
    let stopper = Stopper::new(Arc::clone(&bell));
    stopper.stop(StopReason::Topology);
    Intake::new(IntakeParts {
        who: "tester".to_owned(),
        stopper: Arc::new(stopper),
        bell,
        cooperative: true,
        kind: Kind::Classic,
        beginning: Offset::Offset(0),
        drain: Duration::from_secs(1),
        counts_headers: false,
        on_settled: Box::new(|_, _| {}),
        settling: Settling::Stored,
        inputs: vec![(StreamName::parse(STREAM).unwrap(), Codec::Auto)],
        tracker: Tracker::new(16),
    })
}

/// Ends many consumers that have been given partitions and have not been told yet: closing asks them
/// for the same partitions back. Every one has to be gone in time.
#[track_caller]
fn all_end(end: fn(BaseConsumer<Intake>)) {
    let broker = broker();
    for round in 0..ROUNDS {
        let (tell, told) = mpsc::channel();
        for number in 0..GROUPS {
            let settings = settings(&broker, &format!("group-{round}-{number}"));
            let mut consumer: BaseConsumer<Intake> =
                settings.create_with_context(intake()).unwrap();
            let (ring, rung) = mpsc::channel();
            consumer.set_nonempty_callback(move || {
                let _ = ring.send(());
            });
            consumer.subscribe(&[STREAM]).unwrap();
            let tell = tell.clone();
            thread::spawn(move || {
                rung.recv_timeout(DEADLINE).unwrap();
                end(consumer);
                tell.send(()).unwrap();
            });
        }
        for gone in 0..GROUPS {
            told.recv_timeout(DEADLINE)
                .unwrap_or_else(|_| panic!("in round {round} only {gone} ended"));
        }
    }
}

#[test]
fn closing_ends_although_a_rebalance_was_not_served() {
    all_end(|consumer| drop(Member::new(consumer)));
}

#[test]
fn leaving_serves_the_rebalance_first() {
    all_end(|consumer| {
        assert!(leave(&consumer, Kind::Classic, |_| DEADLINE));
        // No callback is called any more.
        consumer.context().parting().closes();
        let context = Arc::clone(consumer.context());
        drop(consumer);
        assert_eq!(context.parting().owes(), Owed::Release);
    });
}

#[test]
fn a_member_of_each_kind_leaves_or_stays() {
    let broker = broker();
    let cases = [
        ("group.protocol", "classic", Kind::Classic, true),
        ("group.protocol", "consumer", Kind::Heartbeats, true),
        ("group.instance.id", "one", Kind::Static, false),
    ];
    for (number, (name, value, kind, leaves)) in cases.into_iter().enumerate() {
        let mut settings = settings(&broker, &format!("group-{number}"));
        if kind == Kind::Heartbeats {
            settings.remove("session.timeout.ms");
            settings.remove("heartbeat.interval.ms");
            settings.remove("partition.assignment.strategy");
        }
        settings.set(name, value);
        assert_eq!(Kind::of(&settings), kind);
        let consumer: BaseConsumer = settings.create().unwrap();
        consumer.subscribe(&[STREAM]).unwrap();
        let begun = Instant::now();
        while consumer.assignment().unwrap().count() == 0 {
            assert!(begun.elapsed() < DEADLINE, "{kind:?}: nothing is assigned");
            let _ = consumer.poll(STEP);
        }
        assert!(is_member(&consumer, kind), "{kind:?}");
        assert_eq!(leave(&consumer, kind, |_| DEADLINE), leaves, "{kind:?}");
        let left = consumer.assignment().unwrap().count() == 0;
        assert_eq!(left, leaves, "{kind:?}");
    }
}

#[test]
fn one_call_is_owed_to_a_client_that_closes() {
    let parting = Parting::default();
    assert!(!parting.has_committed());
    assert_eq!(parting.owes(), Owed::TheEvent);
    parting.commit_was_made();
    assert!(parting.has_committed());
    assert_eq!(parting.owes(), Owed::TheEvent);
    parting.closes();
    assert_eq!(parting.owes(), Owed::Release);
    assert_eq!(parting.owes(), Owed::Nothing);
    assert!(parting.has_committed());
    parting.closes();
    assert_eq!(parting.owes(), Owed::Nothing);
}

#[test]
fn leaving_leaves_the_time_that_closing_takes() {
    let cases = [
        (Holding::Nothing, 8000, 7500),
        (Holding::Partitions, 8000, 2500),
        (Holding::Nothing, 100, 0),
        (Holding::Partitions, 5000, 0),
    ];
    for (holding, left, expected) in cases {
        let spared = holding.spares(Duration::from_millis(left));
        assert_eq!(
            spared,
            Duration::from_millis(expected),
            "{holding:?}, {left} ms"
        );
    }
}
