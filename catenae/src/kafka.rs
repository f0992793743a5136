//! The only room that knows Kafka: clients, topics, partitions.

mod backlog;
mod dead_letters;
pub(crate) mod embedded;
mod endpoint;
mod headers;
mod inbox;
pub(crate) mod intake;
mod lag;
pub(crate) mod lane;
mod limits;
mod log;
pub(crate) mod membership;
mod outbox;
mod partitions;
mod port;
pub(crate) mod reader;
mod retries;
mod settings;
mod side_streams;
mod streams;
mod transactions;
mod watch;

pub(crate) use dead_letters::Signature;
pub(crate) use endpoint::Endpoint;
pub(crate) use inbox::Inbox;
pub(crate) use lag::{Behind, Lag};
pub(crate) use outbox::Outbox;
pub(crate) use partitions::Partitions;
pub(crate) use port::KafkaPort;
pub(crate) use rdkafka::consumer::BaseConsumer;
pub(crate) use settings::transaction_timeout;
pub(crate) use side_streams::SideStreams;
pub(crate) use streams::Streams;
pub(crate) use transactions::Transactions;
pub(crate) use watch::{Hand, Watch, WatchParts, lane_name};
