//! The only room that knows Kafka: clients, topics, partitions.

mod inbox;
pub(crate) mod intake;
pub(crate) mod lane;
mod outbox;
mod partitions;
pub(crate) mod reader;
pub(crate) mod settings;
pub(crate) mod streams;

pub(crate) use inbox::Inbox;
pub(crate) use outbox::Outbox;
pub(crate) use partitions::Partitions;
pub(crate) use rdkafka::consumer::{BaseConsumer, Consumer};
