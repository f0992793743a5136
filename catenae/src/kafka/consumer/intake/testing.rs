//! What tests of consumers begin with.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::topic_partition_list::Offset;

use super::{Intake, IntakeParts, Settling};
use crate::EmbeddedBroker;
use crate::codec::Codec;
use crate::kafka::client::log::Log;
use crate::kafka::consumer::membership::MemberKind;
use crate::kafka::{Reporter, Sightings};
use crate::settle::tracker::Tracker;
use crate::shutdown::InstanceHandle;
use crate::spec::modes::OnRecreate;

/// The stream that is read.
pub(in crate::kafka::consumer) const STREAM: &str = "lines";

/// The settings of a member of a group on an embedded broker.
pub(in crate::kafka::consumer) fn settings(broker: &EmbeddedBroker, group: &str) -> ClientConfig {
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

/// The callbacks of a micromodule that reads one stream with these settings.
pub(in crate::kafka::consumer) fn intake(
    settings: &ClientConfig,
    instance: Arc<InstanceHandle>,
    sightings: &Arc<Sightings>,
) -> Intake {
    Intake::new(IntakeParts {
        reporter: Reporter::detached(),
        instance,
        cooperative: crate::kafka::client::settings::is_cooperative(settings),
        kind: MemberKind::Classic,
        beginning: Offset::Beginning,
        drain: Duration::from_secs(1),
        counts_headers: false,
        on_settled: Box::new(|_, _| {}),
        settling: Settling::Stored,
        asked: None,
        on_recreate: OnRecreate::default(),
        sightings: Arc::clone(sightings),
        log: Log::Brief,
        inputs: vec![(STREAM.into(), Codec::Auto)],
        declared: 1,
        tracker: Tracker::new(100),
    })
}
