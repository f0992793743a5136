//! The consumer of a micromodule: its assignment, its loop, its transactions, its watch.

pub(crate) mod departure;
mod door;
pub(crate) mod feed;
pub(crate) mod intake;
pub(crate) mod membership;
pub(crate) mod open;
pub(crate) mod reader;
pub(crate) mod reread;
pub(crate) mod transactions;
pub(crate) mod watch;
