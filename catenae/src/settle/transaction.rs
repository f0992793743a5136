//! How a transaction ends: which step comes next, given what Kafka answered to the one before.
//!
//! A transaction is ended by committing it (the offsets of its inputs are added, then it is
//! committed) or by aborting it. Every step may be answered with an error, and Kafka's client marks
//! what may be done about it. Here is decided whether the step is taken again, whether the
//! transaction is aborted, whether the producer is replaced by a new one, which ends everything its
//! predecessor left behind, or whether the micromodule stops. Whatever did not end in a commit is
//! followed by a rewind: the positions are asked from Kafka, never remembered, because Kafka may
//! have committed although its answer was lost.
//!
//! No clock and no client: the time is passed in, as the time since some start.

use std::time::Duration;

/// One call to Kafka at the end of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Adds the offsets of the inputs.
    Offsets,
    /// Commits.
    Commit,
    /// Aborts.
    Abort,
    /// Makes a new producer known, which ends what the one before left open.
    Init,
}

/// What the client says of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Kafka knows a newer producer of the same id, or has given this transaction up.
    pub(crate) fenced: bool,
    /// This producer is of no use any more.
    pub(crate) fatal: bool,
    /// The transaction has to be aborted.
    pub(crate) abortable: bool,
    /// The same call may be made again; also what timed out, where the outcome is unknown.
    pub(crate) retriable: bool,
}

/// Why the micromodule has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Impasse {
    /// Another instance has the same id, and is newer.
    Superseded,
    /// Kafka refuses this producer.
    Refused,
    /// The coordinator of the transactions did not answer in time.
    Unreachable,
    /// Again and again, for a long time, no transaction could be committed.
    NoProgress,
}

/// How the end of a transaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its outputs and the offsets of its inputs are in Kafka.
    Committed,
    /// Nothing of it is, or nobody knows: its inputs have to be read again from where Kafka says,
    /// after a pause.
    Rewind(Duration),
    /// The time was over; whether it took effect is not known.
    GivenUp,
    /// Nothing goes on.
    Stop(Impasse),
}

/// The transactional id of a producer that takes another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionalId {
    /// That of its predecessor: Kafka ends what that one left open, and refuses its late requests.
    Same,
    /// One that nobody has. Its predecessor was fenced: nothing of it is open, and nothing of it is
    /// taken any more. The id may be a newer instance's by now, which the same id would end.
    Fresh,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Make this call.
    Do(Step),
    /// Throw the producer away, make a new one with this id, and then `Step::Init`.
    Replace(TransactionalId),
    /// It has ended.
    Over(End),
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Kafka gives a transaction up that is open for so long: `transaction.timeout.ms`.
    pub(crate) transaction: Duration,
    /// One step, with all its repetitions.
    pub(crate) step: Duration,
    /// The first step of a new producer, with all its repetitions.
    pub(crate) init: Duration,
    /// From the first transaction that failed to the next that is committed.
    pub(crate) progress: Duration,
}

/// The pause after the first transaction that failed; it doubles with each one more.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A long time without progress needs as many failures, or it was a single slow one.
const FAILURES: u32 = 5;

/// A step is given up only after so many answers, however long they took.
const ASKED: u32 = 2;

/// The transactions of one producer, one after the other.
#[derive(Debug)]
pub(crate) struct Transaction {
    patience: Patience,
    ending: OngoingEnd,
    /// Since when, and how often in a row, none was committed.
    failing: Option<(Duration, u32)>,
}

/// The end that is under way.
#[derive(Clone, Copy, Debug)]
struct OngoingEnd {
    step: Step,
    /// When this step was first taken.
    since: Duration,
    /// How often it was answered that it may be taken again.
    asked: u32,
    /// When the transaction was opened.
    opened: Duration,
    /// A request was made whose answer is not known: it may arrive at any time.
    uncertain: bool,
    /// Kafka has it; what is left is a new producer.
    committed: bool,
}

impl Transaction {
    /// For a producer that has made itself known.
    pub(crate) fn new(patience: Patience) -> Self {
        let ending = OngoingEnd {
            step: Step::Abort,
            since: Duration::ZERO,
            asked: 0,
            opened: Duration::ZERO,
            uncertain: false,
            committed: false,
        };
        Self {
            patience,
            ending,
            failing: None,
        }
    }

    /// Begins to end the transaction that was opened at `opened`, with the step `first`: `Offsets`,
    /// `Commit` when there are none, `Abort`, or `Init` for a producer that is new.
    pub(crate) fn end(&mut self, first: Step, opened: Duration, now: Duration) -> Step {
        self.ending = OngoingEnd {
            step: first,
            since: now,
            asked: 0,
            opened,
            uncertain: false,
            committed: false,
        };
        first
    }

    /// What comes after the last step. Past `deadline` nothing is repeated any more.
    pub(crate) fn after(
        &mut self,
        result: Result<(), Trouble>,
        now: Duration,
        deadline: Option<Duration>,
    ) -> Next {
        let next = match result {
            Ok(()) => self.after_success(now),
            Err(trouble) => self.after_trouble(trouble, now),
        };
        let late = deadline.is_some_and(|deadline| now >= deadline);
        match next {
            Next::Do(_) | Next::Replace(_) if late && result.is_err() => Next::Over(End::GivenUp),
            Next::Do(step) => {
                if step != self.ending.step {
                    self.begin(step, now);
                }
                next
            }
            Next::Replace(_) => {
                self.begin(Step::Init, now);
                next
            }
            Next::Over(_) => next,
        }
    }

    fn begin(&mut self, step: Step, now: Duration) {
        (self.ending.step, self.ending.since, self.ending.asked) = (step, now, 0);
    }

    fn after_success(&mut self, now: Duration) -> Next {
        let OngoingEnd {
            step,
            uncertain,
            committed,
            ..
        } = self.ending;
        // A request names a producer and no transaction. One that was repeated may arrive twice, and
        // late: it would end the next transaction of this producer half way.
        if uncertain && matches!(step, Step::Commit | Step::Abort) {
            self.ending.committed = step == Step::Commit;
            return Next::Replace(TransactionalId::Same);
        }
        match step {
            Step::Offsets => Next::Do(Step::Commit),
            Step::Commit => {
                self.failing = None;
                Next::Over(End::Committed)
            }
            Step::Init if committed => {
                self.failing = None;
                Next::Over(End::Committed)
            }
            Step::Abort | Step::Init => Next::Over(self.failed(now)),
        }
    }

    fn after_trouble(&mut self, trouble: Trouble, now: Duration) -> Next {
        let OngoingEnd {
            step,
            since,
            opened,
            ..
        } = self.ending;
        let stop = |why| Next::Over(End::Stop(why));
        if trouble.fenced {
            // Kafka says the same of a transaction that it gave up because it was open too long. Which
            // of the two it was cannot be told then, so a newer instance is left alone.
            let given_up = now.saturating_sub(opened) >= self.patience.transaction;
            return if given_up && step != Step::Init {
                Next::Replace(TransactionalId::Fresh)
            } else {
                stop(Impasse::Superseded)
            };
        }
        let patience = match step {
            Step::Init => self.patience.init,
            _ => self.patience.step,
        };
        let again = trouble.retriable && !trouble.fatal && !trouble.abortable;
        // A process that was halted in a call is told that it timed out, and not what became of it.
        self.ending.asked += u32::from(again);
        if again && (now.saturating_sub(since) < patience || self.ending.asked < ASKED) {
            self.ending.uncertain |= step != Step::Init;
            return Next::Do(step);
        }
        let abortable = again || (trouble.abortable && !trouble.fatal);
        match step {
            Step::Init if again => stop(Impasse::Unreachable),
            Step::Init => stop(Impasse::Refused),
            Step::Offsets if abortable => Next::Do(Step::Abort),
            // An abort could meet a commit that is still on its way.
            Step::Commit if abortable && !again && !self.ending.uncertain => Next::Do(Step::Abort),
            // Also what has none of the marks: so the client's documentation wants it.
            Step::Offsets | Step::Commit | Step::Abort => Next::Replace(TransactionalId::Same),
        }
    }

    fn failed(&mut self, now: Duration) -> End {
        let (since, times) = self.failing.map_or((now, 1), |(since, n)| (since, n + 1));
        self.failing = Some((since, times));
        if times >= FAILURES && now.saturating_sub(since) >= self.patience.progress {
            return End::Stop(Impasse::NoProgress);
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << (times - 1).min(16));
        End::Rewind(doubled.min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests;
