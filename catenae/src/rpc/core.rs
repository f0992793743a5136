//! Calls without Kafka, clocks and threads: who is there, what a call waits for, what is run.

pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod envelope;
pub(crate) mod error;
pub(crate) mod instances;
pub(crate) mod question;
pub(crate) mod server;
