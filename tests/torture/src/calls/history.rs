//! What happened to the calls of a run, as the checker sees it: no client, no clock.

use std::collections::BTreeSet;

use crate::calls::wire::{Fate, Question, Ran};

/// A call that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The process that had asked.
    pub(crate) by: String,
    /// Its question.
    pub(crate) nth: u64,
    /// The number of the ending there.
    pub(crate) ending: u64,
    /// When, in milliseconds since the Unix epoch.
    pub(crate) at: i64,
    /// With what.
    pub(crate) fate: Fate,
}

/// Everything; reports that lie twice on their stream are there once.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The questions.
    pub(crate) begun: Vec<Question>,
    /// The endings.
    pub(crate) ended: Vec<Ended>,
    /// The executions.
    pub(crate) ran: Vec<Ran>,
    /// The processes that ended in order: what they had to report is there.
    pub(crate) orderly: BTreeSet<String>,
}
