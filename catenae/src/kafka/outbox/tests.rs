//! What a report has to say before an output counts as delivered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::config::{Broker, Uid};
use crate::electron::Headers;
use crate::link::LinkSpec;
use crate::stream::{StreamName, StreamRef};
use crate::tracker::{PartitionId, Tracker};

const DEADLINE: Duration = Duration::from_secs(30);

/// The broker refuses the first batch and takes the second, which is under way at the same time: the
/// client reports both as delivered, and the first is nowhere.
#[test]
fn an_output_that_is_only_presumed_delivered_is_not() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("out", 1, 1).unwrap();
    // Long enough for both to be under way.
    let slow = Duration::from_millis(300);
    cluster.broker_round_trip_time(1, slow).unwrap();
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    cluster.request_errors(RDKafkaApiKey::Produce, &[refused]);

    const OUT: &[StreamRef] = &[StreamRef::named("out")];
    let spec = LinkSpec::new("mapper")
        .outputs(OUT)
        .kafka(&["linger.ms=0", "batch.num.messages=1"]);
    let broker = Broker::Address(cluster.bootstrap_servers());
    let endpoint = Endpoint::of(&broker).unwrap();
    let config = Config::new(&spec, Uid::random().unwrap(), broker).unwrap();
    let mut tracker = Tracker::new(16);
    let (ledger, bell) = (tracker.ledger(), Arc::new(Bell::default()));
    let stopper = Arc::new(Stopper::new(Arc::clone(&bell)));
    let outbox = Outbox::start(
        &endpoint,
        &config,
        BTreeMap::new(),
        "mapper/test",
        Arc::clone(&ledger),
        Arc::clone(&bell),
        Arc::clone(&stopper),
    )
    .unwrap();

    let partition = PartitionId(0);
    tracker.assign(partition);
    let stream = StreamName::from("out");
    for (offset, value) in [(0, b"first".as_slice()), (1, b"second")] {
        let slot = tracker.track(partition, offset, 6).unwrap();
        ledger.start(slot);
        let outgoing = Outgoing {
            stream: &stream,
            key: None,
            value: Some(value),
            headers: Headers::default(),
        };
        outbox.send(outgoing, Sender::Electron(slot), None).unwrap();
        ledger.settle_one(slot);
    }

    assert_eq!(outbox.flush(DEADLINE), 0, "both are reported");
    assert!(stopper.has_failed(), "the micromodule stops");
    assert!(
        tracker.advance(partition).is_none(),
        "its input is never committed, nor the one behind it"
    );
    let error = stopper.outcome().unwrap_err().with_causes();
    assert!(error.contains("presumes that it was delivered"), "{error}");
}
