//! Whether what was found is what the mode has promised. Pure.

use crate::checker::{Findings, Kind as Found};
use crate::fleet::End;
use crate::mode::Mode;
use crate::schedule::Kind as Fault;

/// A partition that was not finished in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The name of the flow that reads it.
    pub flow: String,
    /// The stream.
    pub stream: String,
    /// The partition.
    pub partition: i32,
    /// The next offset to read, as committed.
    pub committed: Option<i64>,
    /// The end of the partition.
    pub end: i64,
}

/// How a link is told to go on when its input is another stream.
pub const FROM_BEGINNING: [&str; 2] = ["--on-recreate", "from-beginning"];

/// Everything that breaks a promise, in words; nothing when all is well.
#[must_use]
pub fn judge(
    mode: Mode,
    faults: &[Fault],
    found: &Findings,
    lag: &[Lag],
    ends: &[End],
) -> Vec<String> {
    let mut broken = Vec::new();
    for (kind, finding) in found.iter() {
        if !is_allowed(kind, mode, faults) {
            let first = finding.examples.join("\n    ");
            broken.push(format!("{kind}: {}\n    {first}", finding.count));
        }
    }
    for lag in lag {
        let Lag {
            flow,
            stream,
            partition,
            end,
            ..
        } = lag;
        let committed = lag
            .committed
            .map_or("nothing".to_owned(), |next| next.to_string());
        broken.push(format!(
            "{flow} is not done with {stream}[{partition}]: {committed} committed of {end}"
        ));
    }
    for end in ends {
        broken.extend(complaint(end, faults));
    }
    broken
}

fn is_allowed(kind: Found, mode: Mode, faults: &[Fault]) -> bool {
    match kind {
        Found::Lost | Found::Premature => mode.may_lose(),
        Found::Repeated | Found::DeadLetterRepeated => {
            mode.may_repeat() && faults.iter().any(|fault| repeats(*fault))
        }
        // By orderly ends as well: what waits is not waited for.
        Found::RepeatedBehind => {
            mode.may_repeat() && faults.iter().any(|fault| *fault != Fault::Poison)
        }
        // Another instance has taken over and this one does not know it yet: only transactions can
        // keep its outputs out.
        Found::Overtaken => mode != Mode::ExactlyOnce && faults.iter().any(|fault| splits(*fault)),
        Found::SentTwice => true,
        // By the client, for an answer that was lost. A transaction has it once.
        Found::WrittenTwice => {
            mode != Mode::ExactlyOnce && faults.iter().any(|fault| loses_answers(*fault))
        }
        Found::DeadLetterMissing => mode.may_lose(),
        Found::Unfinished => mode.may_lose(),
        // What is refused with its batch is sent again one by one, behind what Kafka has taken meanwhile.
        Found::OutOfOrder => mode != Mode::ExactlyOnce && faults.contains(&Fault::Limits),
        Found::State
        | Found::Phantom
        | Found::Corrupted
        | Found::DeadLetterWrong
        | Found::BrokerLost => false,
    }
}

/// Whether a fault may make an at-least-once link handle an electron again. An orderly end and a
/// rebalance may not.
fn repeats(fault: Fault) -> bool {
    !matches!(fault, Fault::Term | Fault::Scale | Fault::Poison)
}

/// Whether a fault may make a producer not hear that it was heard.
fn loses_answers(fault: Fault) -> bool {
    matches!(fault, Fault::Net | Fault::Broker | Fault::Stop)
}

/// Whether a fault may leave an instance behind that does not know that it was replaced.
fn splits(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Stop | Fault::Net | Fault::Broker | Fault::Slow
    )
}

fn complaint(end: &End, faults: &[Fault]) -> Option<String> {
    use crate::fleet::Cause;
    let excused = |by: &[Fault]| by.iter().any(|fault| faults.contains(fault));
    let why = end.last_error.as_deref().unwrap_or("no word in its log");
    let process = &end.process;
    // The engine's checks of itself are never anybody else's fault.
    if why.contains("this is a bug in catenae") {
        return Some(format!("{process} ended by itself: {why}"));
    }
    // The mistakes of everybody else are no excuse for these either.
    let told = end.arguments.windows(2).any(|two| two == FROM_BEGINNING);
    let was_recreated = why.contains("was deleted and created again");
    let is_wrong = told && was_recreated || why.contains("electrons vanished");
    if end.cause == Cause::Itself && is_wrong {
        return Some(format!("{process} ended by itself: {why}"));
    }
    let of_recreation = was_recreated || why.contains("an input stream no longer exists");
    match end.cause {
        Cause::Itself if faults.contains(&Fault::Recreate) && of_recreation => None,
        Cause::Overdue => Some(format!(
            "{process} did not end within 10 s of SIGTERM: {why}"
        )),
        Cause::Itself if !excused(&[Fault::Panic, Fault::Net, Fault::Broker]) => {
            let code = end.code;
            Some(format!("{process} ended by itself, status {code:?}: {why}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
