//! The only room that knows Kafka: clients, topics, partitions.

pub(crate) mod calls;
pub(crate) mod client;
pub(crate) mod consumer;
pub(crate) mod embedded;
mod port;
pub(crate) mod producer;
pub(crate) mod topics;

pub(crate) use crate::kafka::client::connections::Reporter;
pub(crate) use crate::kafka::client::endpoint::Endpoint;
pub(crate) use crate::kafka::consumer::departure::{Departure, Departures};
pub(crate) use crate::kafka::producer::dead_letters::Signature;

pub(crate) use crate::kafka::topics::lag::{Behind, Lag, Left};

pub(crate) use crate::kafka::consumer::open::ConsumerParts;
pub(crate) use crate::kafka::producer::Outbox;

pub(crate) use crate::kafka::consumer::reread::Rereader;
pub(crate) use port::KafkaPort;

pub(crate) use crate::kafka::client::settings::transaction_timeout;
pub(crate) use crate::kafka::consumer::transactions::Transactions;
pub(crate) use crate::kafka::consumer::watch::{
    StallWatch, StallWatchParts, lane_name, later_in_hand,
};
pub(crate) use crate::kafka::topics::StreamAdmin;
pub(crate) use crate::kafka::topics::side_streams::{SideStreams, register, unregister};
pub(crate) use crate::kafka::topics::watch::{Sightings, StreamWatch};

/// The version of librdkafka that this program runs on: with the feature `dynamic-linking` that of the
/// system, which may be newer than the one it was built with.
pub(crate) fn client_version() -> String {
    rdkafka::util::get_rdkafka_version().1
}
