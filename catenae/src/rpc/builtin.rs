//! tmp
use serde::{Deserialize, Serialize};
/// Who answered a [`ping`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pong {
    /// The id of the instance.
    pub uid: String,
    /// Its class.
    pub class: String,
}

/// How a micromodule is, as [`stats`] tells it. Counts begin at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// How long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it is stopping.
    pub stopping: bool,
    /// Electrons that its lanes have taken in hand, counted again for each attempt; as of the last
    /// second. A source has none.
    pub handled: u64,
    /// Outputs that Kafka has not confirmed yet.
    pub under_way: u64,
    /// What stands still, and what it waits for, a sentence each.
    pub stalls: Vec<String>,
    /// Its calls.
    pub calls: CallStats,
}

/// The calls of a micromodule, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CallStats {
    /// Requests that ran to their end.
    pub ran: u64,
    /// Requests that are running, or wait for the state.
    pub running: u64,
    /// Requests that were answered with a refusal.
    pub refused: u64,
    /// Requests that came, or had their turn, past their deadline.
    pub expired: u64,
    /// Requests that came twice.
    pub duplicates: u64,
    /// Requests of a caller that has begun a new life since.
    pub old_lives: u64,
    /// Its own calls that have no answer yet.
    pub open: u64,
    /// Replies to none of its open calls: too late, a second time, or from nobody it asked.
    pub unknown_replies: u64,
    /// Messages on the streams of calls that hold nothing of the kind.
    pub garbage: u64,
}

pub(crate) fn methods() -> Vec<crate::rpc::method::Served> {
    Vec::new()
}
