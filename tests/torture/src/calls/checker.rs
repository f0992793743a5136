//! Says what the history of calls shows: unended, answered wrongly, run twice, too late, or not at all. Pure.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Serialize;

use crate::calls::history::{Ended, History};
use crate::calls::wire::{Echo, Fate, Question, Ran};

/// What may pass between two looks at the clock on a machine that has much to do, in milliseconds.
const TOLERANCE_MS: i64 = 2_000;
/// A caller that reports something so long after a deadline has lived to it: its reports are in order.
const SURELY_MS: i64 = 5_000;

/// What can be wrong with a history of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A call of a caller that lived to its deadline has no ending.
    Unended,
    /// A call has two endings.
    EndedTwice,
    /// A call ended long after its deadline.
    EndedLate,
    /// An answer to another question, or to another caller.
    WrongAnswer,
    /// A question that may run once ran twice, or twice on the same instance.
    RanTwice,
    /// A method began after the deadline of its question.
    RanLate,
    /// An answer of a process that has not run it.
    NeverRan,
    /// A call ended with the certainty that nothing ran, and it ran.
    RanAllTheSame,
    /// A method ran with a question that nobody asked, or for another caller.
    Phantom,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unended => "without an ending",
            Self::EndedTwice => "ended twice",
            Self::EndedLate => "ended long after the deadline",
            Self::WrongAnswer => "answered with the answer to another",
            Self::RanTwice => "ran twice",
            Self::RanLate => "ran after the deadline",
            Self::NeverRan => "answered, and never ran",
            Self::RanAllTheSame => "ran in spite of certainty",
            Self::Phantom => "ran, and nobody asked",
        })
    }
}

/// How often something was found, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) count: u64,
    #[serde(skip)]
    pub(crate) examples: Vec<String>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings(BTreeMap<Kind, Finding>);

impl Findings {
    fn add(&mut self, kind: Kind, example: impl fmt::Debug) {
        let finding = self.0.entry(kind).or_default();
        finding.count += 1;
        if finding.examples.len() < 6 {
            finding.examples.push(format!("{example:?}"));
        }
    }

    /// How often something was found.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.0.get(&kind).map_or(0, |finding| finding.count)
    }

    /// What was found, by kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Kind, &Finding)> {
        self.0.iter().map(|(kind, finding)| (*kind, finding))
    }
}

type CallId<'h> = (&'h str, u64);

fn id(question: &Question) -> CallId<'_> {
    (&question.by, question.nth)
}

/// Checks a whole history.
pub(crate) fn check(history: &History) -> Findings {
    let mut found = Findings::default();
    let begun: HashMap<CallId<'_>, &Question> =
        history.begun.iter().map(|one| (id(one), one)).collect();
    let mut ended: HashMap<CallId<'_>, Vec<&Ended>> = HashMap::new();
    for one in &history.ended {
        ended.entry((&one.by, one.nth)).or_default().push(one);
    }
    let mut ran: HashMap<CallId<'_>, Vec<&Ran>> = HashMap::new();
    for one in &history.ran {
        ran.entry(id(&one.question)).or_default().push(one);
    }
    judge_endings(history, &ended, &mut found);
    for (call, runs) in &ran {
        judge_runs(begun.get(call).copied(), runs, history, &mut found);
    }
    for one in &history.ended {
        let call = (one.by.as_str(), one.nth);
        let runs = ran.get(&call).map(Vec::as_slice).unwrap_or_default();
        match begun.get(&call) {
            Some(question) => judge_ending(one, question, runs, &mut found),
            None => found.add(Kind::WrongAnswer, one),
        }
    }
    found
}

/// Every call of a caller that lived long enough has one ending.
fn judge_endings(
    history: &History,
    ended: &HashMap<CallId<'_>, Vec<&Ended>>,
    found: &mut Findings,
) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for one in &history.ended {
        let at = last.entry(&one.by).or_insert(one.at);
        *at = (*at).max(one.at);
    }
    for question in &history.begun {
        let last = last.get(question.by.as_str()).copied().unwrap_or(i64::MIN);
        let lived = history.orderly.contains(&question.by)
            || last.saturating_sub(SURELY_MS) > question.deadline;
        match ended.get(&id(question)).map_or(0, Vec::len) {
            0 if lived => found.add(Kind::Unended, question),
            0 | 1 => {}
            _ => found.add(Kind::EndedTwice, question),
        }
    }
}

/// What ran for one call.
fn judge_runs(begun: Option<&Question>, runs: &[&Ran], history: &History, found: &mut Findings) {
    for (index, one) in runs.iter().enumerate() {
        let question = &one.question;
        // What a caller was about to ask is lost with it when it is killed.
        let asked = match begun {
            Some(begun) => begun == question,
            None => !history.orderly.contains(&question.by),
        };
        if !asked || !question.is_whole() || one.caller != question.uid {
            found.add(Kind::Phantom, one);
        }
        if one.at > question.deadline + TOLERANCE_MS {
            found.add(Kind::RanLate, one);
        }
        let before = &runs[..index];
        let again = before
            .iter()
            .any(|other| question.how.is_once() || other.by == one.by);
        if again || one.times != 1 {
            found.add(Kind::RanTwice, one);
        }
    }
}

/// One ending, and what it says of what ran.
fn judge_ending(one: &Ended, question: &Question, runs: &[&Ran], found: &mut Findings) {
    if one.at > question.deadline + TOLERANCE_MS {
        found.add(Kind::EndedLate, one);
    }
    let mut judge_answer = |echo: &Echo, from: Option<&str>| {
        if echo.question != *question {
            found.add(Kind::WrongAnswer, one);
            return;
        }
        let answered = runs
            .iter()
            .find(|run| (&run.by, run.nth) == (&echo.by, echo.nth));
        match answered {
            None => found.add(Kind::NeverRan, one),
            Some(run) if from.is_some_and(|uid| uid != run.uid) => {
                found.add(Kind::WrongAnswer, one);
            }
            Some(_) => {}
        }
    };
    match &one.fate {
        Fate::Answered(echo) => judge_answer(echo, None),
        Fate::Gathered { answers, missing } => {
            for (uid, echo) in answers {
                judge_answer(echo, Some(uid));
            }
            for (uid, certain) in missing {
                if *certain && runs.iter().any(|run| run.uid == *uid) {
                    found.add(Kind::RanAllTheSame, one);
                }
            }
        }
        Fate::Failed { certain: true, .. } if !runs.is_empty() => {
            found.add(Kind::RanAllTheSame, one);
        }
        Fate::Failed { .. } | Fate::Unreported | Fate::Notified => {}
    }
}

#[cfg(test)]
mod tests;
