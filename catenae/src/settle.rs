//! What is settled: the electrons in flight, and the end of a transaction.

pub(crate) mod tracker;
pub(crate) mod transaction;
