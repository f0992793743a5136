//! Says what a history shows: lost, repeated, out of order, made up, committed too early. Pure.

mod commits;
mod dead;
mod effects;
mod order;
mod waiting;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::history::History;
use effects::Effects;

/// What can be wrong with a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An input below the committed offset has no output.
    Lost,
    /// An input has its output more than once in the same stream.
    Repeated,
    /// The same in a link that may be done with an input while an earlier one waits.
    RepeatedBehind,
    /// An instance wrote the outputs of one input partition in another order.
    OutOfOrder,
    /// The output of an earlier input of a key first appears behind that of a later one.
    Overtaken,
    /// A state counted backwards.
    State,
    /// An output, or a retry, that no input accounts for.
    Phantom,
    /// An output that is not what was sent.
    Corrupted,
    /// An offset was committed when an input below it had no output.
    Premature,
    /// An input that should be a dead letter, and is none.
    DeadLetterMissing,
    /// A dead letter of an input that should be none.
    DeadLetterWrong,
    /// A second dead letter of the same electron.
    DeadLetterRepeated,
    /// An input at or above the committed offset has no output: the link did not get there.
    Unfinished,
    /// The generator's own idempotent producer wrote a record twice: no fault of the link.
    SentTwice,
    /// An output lies twice on its stream, as it was: its client wrote it twice.
    WrittenTwice,
    /// The broker acknowledged an input and does not have it: the run says nothing.
    BrokerLost,
}

/// How often something was found, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How often.
    pub count: u64,
    /// The first few.
    #[serde(skip)]
    pub examples: Vec<String>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings(BTreeMap<Kind, Finding>);

/// Examples kept of each kind.
const KEPT: usize = 12;

impl Findings {
    fn add(&mut self, kind: Kind, example: impl FnOnce() -> String) {
        let finding = self.0.entry(kind).or_default();
        finding.count += 1;
        if finding.examples.len() < KEPT {
            finding.examples.push(example());
        }
    }

    /// How often something was found.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.0.get(&kind).map_or(0, |finding| finding.count)
    }

    /// What was found, by kind.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Finding)> {
        self.0.iter().map(|(kind, finding)| (*kind, finding))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Repeated => "repeated",
            Self::RepeatedBehind => "repeated behind what waits",
            Self::OutOfOrder => "out of order within an instance",
            Self::Overtaken => "overtaken within a key",
            Self::State => "a state counted backwards",
            Self::Phantom => "phantom",
            Self::Corrupted => "corrupted",
            Self::Premature => "committed before it was finished",
            Self::DeadLetterMissing => "a dead letter is missing",
            Self::DeadLetterWrong => "a dead letter that should not be",
            Self::DeadLetterRepeated => "a dead letter twice",
            Self::Unfinished => "never finished",
            Self::SentTwice => "an input twice on its stream",
            Self::WrittenTwice => "an output written twice by its client",
            Self::BrokerLost => "lost by the broker",
        })
    }
}

/// Checks a whole history.
#[must_use]
pub fn check(history: &History) -> Findings {
    let mut found = Findings::default();
    for acked in &history.acked {
        if !history.has(acked) {
            found.add(Kind::BrokerLost, || history.name(acked.place));
        }
    }
    for (stream, sent) in effects::sent_twice(history) {
        found.add(Kind::SentTwice, || {
            format!("{}, {sent:?}", history.streams[stream])
        });
    }
    let last = commits::last(history);
    for (index, flow) in history.flows.iter().enumerate() {
        let letters = dead::of(history, flow, index, &mut found);
        let waited = waiting::of(history, flow, index, &last, &mut found);
        let effects = Effects::of(history, flow, letters, waited, &mut found);
        effects::judge(history, flow, index, &effects, &last, &mut found);
        commits::judge(history, flow, index, &effects, &mut found);
        order::judge(history, flow, &mut found);
        dead::judge(history, flow, &effects.letters, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;
