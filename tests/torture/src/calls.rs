//! Calls under torture: callers that ask without pause, callees that say what they ran, and a checker.

mod ask;
mod checker;
mod collect;
mod history;
mod methods;
mod wire;

pub use ask::{Asked, ask_all};
pub use methods::{Counts, Part, count, peek, slow};
pub use wire::{Echo, Question};

pub use checker::Findings;
pub(crate) use checker::Kind;

use checker::check;
pub(crate) use collect::collect;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::calls::history::History;
use crate::schedule::Kind as Fault;

/// The name of the topology, for `--topology`.
pub(crate) const NAME: &str = "calls";
/// Its links, each with the stream that it reports on.
pub(crate) const LINKS: [(&str, &str); 2] = [("callee", "ran"), ("caller", "told")];

/// What came of the calls of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Calls that were begun.
    pub begun: u64,
    /// What they ended with.
    pub endings: BTreeMap<String, u64>,
    /// How often a method ran.
    pub ran: u64,
    /// What was found, also what is allowed.
    pub found: Findings,
}

impl Summary {
    /// What the checker says of a history.
    pub(crate) fn of(history: &History) -> Self {
        let mut endings = BTreeMap::new();
        for ended in &history.ended {
            *endings.entry(ended.fate.to_string()).or_default() += 1;
        }
        Self {
            begun: history.begun.len() as u64,
            endings,
            ran: history.ran.len() as u64,
            found: check(history),
        }
    }

    /// Everything that breaks a promise, in words.
    pub(crate) fn broken(&self, faults: &[Fault]) -> Vec<String> {
        let mut broken = Vec::new();
        for (kind, finding) in self.found.iter() {
            // A process that is halted notices the time when it goes on.
            let allowed =
                matches!(kind, Kind::RanLate | Kind::EndedLate) && faults.contains(&Fault::Stop);
            if !allowed {
                let first = finding.examples.join("\n    ");
                broken.push(format!("calls: {kind}: {}\n    {first}", finding.count));
            }
        }
        if self.endings.get("answered").is_none_or(|count| *count == 0) {
            broken.push("calls: none was answered".to_owned());
        }
        broken
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endings: Vec<String> = self
            .endings
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        let (begun, ran) = (self.begun, self.ran);
        writeln!(
            f,
            "  {begun} calls: {}; methods ran {ran} times",
            endings.join(", ")
        )?;
        for (kind, finding) in self.found.iter() {
            writeln!(f, "  found: calls: {kind}: {}", finding.count)?;
        }
        Ok(())
    }
}
