//! The clients of Kafka: where the broker is, how clients are set, what they say.

pub(crate) mod bounded;
pub(crate) mod connections;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod headers;
pub(crate) mod log;
pub(crate) mod partitioner;
pub(in crate::kafka) mod queues;
pub(crate) mod record;
pub(crate) mod settings;
pub(in crate::kafka) mod topic_handles;
