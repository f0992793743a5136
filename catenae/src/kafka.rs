//! The Kafka room: the only one that knows the client.

pub(crate) mod backlog;
pub(crate) mod embedded;
