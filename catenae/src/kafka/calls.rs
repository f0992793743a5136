//! The clients of calls: a producer that does not linger, and a consumer without a group.

pub(crate) mod consumer;
pub(crate) mod producer;
