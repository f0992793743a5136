//! The result of a run: lines for people, one line of JSON for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::calls::Summary;
use crate::checker::Findings;
use crate::fleet::{Cause, End};
use crate::nemesis::Counts;

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Its name.
    pub run: String,
    /// The mode of the links.
    pub mode: String,
    /// The topologies.
    pub topologies: Vec<String>,
    /// The seed of its schedule.
    pub seed: u64,
    /// The mutant that ran, if one did.
    pub mutant: Option<String>,
    /// How long the faults went on, in seconds.
    pub seconds: f64,
    /// How often what happened.
    pub faults: Counts,
    /// Processes started.
    pub started: usize,
    /// Why processes ended by themselves, by the last words of their logs.
    pub ended: BTreeMap<String, u64>,
    /// The longest time from SIGTERM to the end, in seconds.
    pub longest_end: f64,
    /// Inputs on the streams, and how many of them the broker acknowledged.
    pub inputs: (u64, u64),
    /// Sends whose fate nobody knows, and those that failed.
    pub unsure: (u64, u64),
    /// Sends in transactions that were aborted.
    pub aborted: u64,
    /// Outputs on the streams.
    pub outputs: u64,
    /// Committed offsets that were looked at.
    pub commits: u64,
    /// From the last fault until everything was done, in seconds.
    pub caught_up: f64,
    /// How long after the last fault each topology still had something left, in seconds.
    pub behind: BTreeMap<String, f64>,
    /// What was found, also what the mode allows.
    pub found: Findings,
    /// What came of calls, where there were any.
    pub calls: Option<Summary>,
    /// What breaks a promise.
    pub broken: Vec<String>,
    /// Where journals and logs are.
    pub folder: PathBuf,
}

impl Report {
    /// Whether every promise was kept.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Why processes ended by themselves, each reason once: its innermost cause, without the numbers
/// that differ from one to the next.
#[must_use]
pub fn reasons(ends: &[End]) -> BTreeMap<String, u64> {
    let mut reasons = BTreeMap::new();
    for end in ends.iter().filter(|end| end.cause == Cause::Itself) {
        let why = end.last_error.as_deref().unwrap_or("no word in its log");
        let cause = why.rsplit("caused by: ").next().unwrap_or(why);
        let mut shown = String::new();
        for c in without_ids(cause).chars() {
            if !c.is_ascii_digit() {
                shown.push(c);
            } else if !shown.ends_with('#') {
                shown.push('#');
            }
        }
        let status = end.code.map_or("none".to_owned(), |code| code.to_string());
        *reasons
            .entry(format!("status {status}: {shown}"))
            .or_default() += 1;
    }
    reasons
}

/// A text with each id of a stream as `ID`.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        word.len() == 22 && word.chars().all(known)
    };
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', ')']);
        match bare.strip_prefix('(').unwrap_or(bare) {
            id if is_id(id) => word.replace(id, "ID"),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

/// The longest time that a process took to end.
#[must_use]
pub fn longest_end(ends: &[End]) -> Duration {
    ends.iter()
        .filter_map(|end| end.took)
        .max()
        .unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "PASSED" } else { "FAILED" };
        let mutant = self.mutant.as_deref();
        let mutant = mutant.map_or(String::new(), |name| format!(", mutant {name}"));
        writeln!(
            f,
            "{verdict}: mode {}, {}{mutant}, seed {}",
            self.mode,
            self.topologies.join(" "),
            self.seed
        )?;
        let faults: Vec<String> = self
            .faults
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        writeln!(
            f,
            "  {:.0} s of faults: {}; {} processes started",
            self.seconds,
            faults.join(", "),
            self.started
        )?;
        writeln!(
            f,
            "  {} inputs ({} acknowledged, {} of unknown fate; {} others aborted), {} outputs, \
             {} committed offsets seen",
            self.inputs.0, self.inputs.1, self.unsure.0, self.aborted, self.outputs, self.commits
        )?;
        let behind = self.behind.iter();
        let behind: Vec<String> = behind.map(|(flow, s)| format!("{flow} {s:.1} s")).collect();
        writeln!(
            f,
            "  waited for {:.1} s after the last fault ({}); longest end after SIGTERM {:.1} s",
            self.caught_up,
            behind.join(", "),
            self.longest_end
        )?;
        for (kind, finding) in self.found.iter() {
            writeln!(f, "  found: {kind}: {}", finding.count)?;
        }
        if let Some(calls) = &self.calls {
            write!(f, "{calls}")?;
        }
        for (why, count) in &self.ended {
            writeln!(f, "  ended by itself {count} times: {why}")?;
        }
        for broken in &self.broken {
            writeln!(f, "  BROKEN: {broken}")?;
        }
        if !self.passed() {
            writeln!(f, "  journals and logs: {}", self.folder.display())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::without_ids;

    #[test]
    fn ids_differ_from_one_end_to_the_next() {
        assert_eq!(
            without_ids("its id was wP3SPYemTfieoWnymLeW3w, and is Yfo8HfxsSKSQz6FE1Dq7oQ now)"),
            "its id was ID, and is ID now)"
        );
    }
}
