//! What a report has to say before an output counts as delivered, and whose a refusal is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::config::{Broker, Uid};
use crate::electron::Headers;
use crate::settle::tracker::{PartitionId, Tracker};
use crate::spec::LinkSpec;
use crate::stream::{StreamName, StreamRef};

const DEADLINE: Duration = Duration::from_secs(30);
const OUT: &[StreamRef] = &[StreamRef::named("out")];

/// An outbox on a mock cluster, and the books of one partition.
struct Bench {
    cluster: MockCluster<'static, DefaultProducerContext>,
    outbox: Outbox,
    tracker: Tracker,
    counters: Arc<InFlightCounters>,
    instance: Arc<InstanceHandle>,
}

const PARTITION: PartitionId = PartitionId(0);

impl Bench {
    fn new(kafka: &'static [&'static str]) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("out", 1, 1).unwrap();
        let spec = LinkSpec::new("mapper").outputs(OUT).kafka(kafka);
        let broker = Broker::Address(cluster.bootstrap_servers());
        let endpoint = Endpoint::of(&broker).unwrap();
        let config = Config::new(&spec, Uid::random().unwrap(), broker).unwrap();
        let mut tracker = Tracker::new(16);
        let counters = tracker.counters();
        let instance = Arc::new(InstanceHandle::new("mapper/test"));
        let outbox = Outbox::start(
            &endpoint,
            &config,
            BTreeMap::new(),
            Arc::clone(&counters),
            Arc::clone(&instance),
        )
        .unwrap();
        tracker.assign(PARTITION);
        Self {
            cluster,
            outbox,
            tracker,
            counters,
            instance,
        }
    }

    /// What the next produce requests are answered.
    fn answers(&self, codes: &[RDKafkaRespErr]) {
        self.cluster.request_errors(RDKafkaApiKey::Produce, codes);
    }

    /// One electron after the other, with one output each.
    fn send(&mut self, count: i64) -> Vec<Slot> {
        let stream = StreamName::from("out");
        let send = |offset| {
            let slot = self.tracker.track(PARTITION, offset, 6).unwrap();
            self.counters.start(slot);
            let sent = self
                .outbox
                .send(output(&stream), SentBy::Electron(slot), None);
            sent.unwrap();
            self.counters.settle_one(slot);
            slot
        };
        (0..count).map(send).collect()
    }

    /// Waits for all reports; returns those whose output was refused, and how far the watermark gets.
    fn ends(&mut self) -> (Vec<(Slot, Failure, u32)>, Option<i64>) {
        assert_eq!(self.outbox.flush(DEADLINE), 0, "all are reported");
        let refused = self.outbox.refusals().take_complete(&self.counters);
        let reached = self.tracker.advance(PARTITION);
        (refused, reached.map(|watermark| watermark.next_offset))
    }
}

fn output(stream: &StreamName) -> Outgoing<'_> {
    Outgoing {
        stream,
        key: None,
        value: Some(b"value"),
        headers: Headers::default(),
    }
}

/// All of them go in one batch.
const BATCH: &[&str] = &["linger.ms=500"];

use RDKafkaRespErr::{
    RD_KAFKA_RESP_ERR_INVALID_RECORD as INVALID, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE,
    RD_KAFKA_RESP_ERR_NO_ERROR as TAKEN, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS as TOO_FEW,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as FORBIDDEN,
};

#[test]
fn a_batch_that_is_refused_is_sent_again_one_by_one() {
    for code in [INVALID, TOO_LARGE] {
        let mut bench = Bench::new(BATCH);
        bench.answers(&[code]);
        bench.send(3);
        let (refused, reached) = bench.ends();
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(reached, Some(3), "all of them are there");
        assert!(!bench.instance.is_stopping());
    }
}

#[test]
fn of_a_batch_that_is_refused_only_the_one_at_fault_fails() {
    let mut bench = Bench::new(BATCH);
    bench.answers(&[INVALID, TAKEN, INVALID]);
    let slots = bench.send(3);
    let (refused, reached) = bench.ends();
    let [(slot, failure, outputs)] = &refused[..] else {
        panic!("not one: {refused:?}");
    };
    assert_eq!(
        (*slot, *outputs, failure.kind()),
        (slots[1], 1, FailureKind::Refused)
    );
    assert_eq!(reached, Some(1), "the watermark waits for it");
    assert!(
        !bench.instance.is_stopping(),
        "it is no failure of the micromodule"
    );
    // Whoever decides settles it.
    bench.counters.decide(*slot);
    bench.counters.settle(*slot, *outputs);
    assert_eq!(bench.ends().1, Some(3));
}

#[test]
fn what_nobody_may_write_is_refused_at_once_and_what_passes_is_tried_by_the_client() {
    let mut bench = Bench::new(BATCH);
    bench.answers(&[TOO_FEW, FORBIDDEN]);
    bench.send(2);
    let (refused, reached) = bench.ends();
    assert_eq!((refused.len(), reached), (2, None));
    let said = refused[0].1.with_causes();
    assert!(said.contains("this user may not write to it"), "{said}");
}

#[test]
fn a_refusal_that_belongs_to_nobody_stops_the_micromodule() {
    let bench = Bench::new(&["linger.ms=0"]);
    bench.answers(&[INVALID, INVALID]);
    let stream = StreamName::from("out");
    let sent = bench.outbox.send(output(&stream), SentBy::Clone, None);
    sent.unwrap();
    assert_eq!(bench.outbox.flush(DEADLINE), 0);
    let error = bench.instance.outcome().unwrap_err().with_causes();
    assert!(error.contains("it came from no input"), "{error}");
    assert!(error.contains("stream `out`"), "{error}");
}

#[test]
fn what_was_given_back_meanwhile_is_nobodys() {
    let mut bench = Bench::new(BATCH);
    bench.answers(&[INVALID, INVALID]);
    let slot = bench.tracker.track(PARTITION, 0, 6).unwrap();
    bench.counters.start(slot);
    let stream = StreamName::from("out");
    let sent = bench
        .outbox
        .send(output(&stream), SentBy::Electron(slot), None);
    sent.unwrap();
    bench.counters.abandon(slot);
    bench.tracker.revoke(PARTITION);
    let (refused, _) = bench.ends();
    assert!(refused.is_empty());
    assert_eq!(bench.tracker.free_slots(), 16, "its slot is free");
}

/// The broker refuses the first batch and takes the second, which is under way at the same time: the
/// client reports both as delivered, and the first is nowhere.
#[test]
fn an_output_that_is_only_presumed_delivered_is_not() {
    let mut bench = Bench::new(&["linger.ms=0", "batch.num.messages=1"]);
    // Long enough for both to be under way.
    let slow = Duration::from_millis(300);
    bench.cluster.broker_round_trip_time(1, slow).unwrap();
    bench.answers(&[TOO_FEW]);
    bench.send(2);
    let (refused, reached) = bench.ends();
    assert!(refused.is_empty());
    assert!(bench.instance.has_failed(), "the micromodule stops");
    assert_eq!(
        reached, None,
        "its input is never committed, nor the one behind it"
    );
    let error = bench.instance.outcome().unwrap_err().with_causes();
    assert!(error.contains("assumes that it was delivered"), "{error}");
}
