//! What was asked, what ran and how it ended, and what must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::plan::{IDEMPOTENT, Plan};
use super::summary::Summary;
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::question::CallOutcome;
use crate::rpc::core::question::{Question, Target};

/// The number of a question, in the whole run; it crosses as the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token(pub(super) u64);

impl Token {
    /// The token that a request bears; none when it is a foreign one.
    pub(super) fn of(arguments: &[u8]) -> Option<Self> {
        Some(Self(u64::from_be_bytes(arguments.try_into().ok()?)))
    }

    /// What the instance `uid` answers.
    pub(super) fn answer(self, uid: &str) -> Vec<u8> {
        [&self.0.to_be_bytes(), uid.as_bytes()].concat()
    }
}

/// Whether the one that was asked is there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Presence {
    There,
    Gone,
}

/// A question that was asked.
#[derive(Debug)]
struct Asked {
    uid: &'static str,
    question: Question,
    deadline: Duration,
    /// The function that asked holds the state that the method needs.
    of_lane: bool,
    runs: BTreeSet<(String, u64)>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    /// It ended with the promise that it ran nowhere.
    NothingRan(CallErrorKind),
}

/// Everything that was asked.
#[derive(Debug)]
pub(super) struct Ledger {
    asked: BTreeMap<Token, Asked>,
    gentle: bool,
}

impl Ledger {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            asked: BTreeMap::new(),
            gentle: plan.gentle,
        }
    }

    /// The token of the next question.
    pub(super) fn next(&self) -> Token {
        Token(u64::try_from(self.asked.len()).expect("few calls"))
    }

    pub(super) fn ask(
        &mut self,
        token: Token,
        uid: &'static str,
        question: Question,
        now: Duration,
        of_lane: bool,
    ) {
        let asked = Asked {
            uid,
            deadline: now + question.timeout,
            question,
            of_lane,
            runs: BTreeSet::new(),
            state: State::Open,
        };
        self.asked.insert(token, asked);
    }

    /// A method runs for a request.
    pub(super) fn run(&mut self, token: Token, uid: &str, incarnation: u64) -> Result<(), String> {
        let asked = self
            .asked
            .get_mut(&token)
            .expect("every token was given out");
        if !asked.runs.insert((uid.to_owned(), incarnation)) {
            return Err(format!(
                "{token:?} ran twice on {uid} in its incarnation {incarnation}"
            ));
        }
        let is_to_one = matches!(asked.question.target, Target::Instance(_) | Target::Any(_));
        let may_twice = IDEMPOTENT.contains(&asked.question.method.as_str());
        if is_to_one && !may_twice && asked.runs.len() > 1 {
            return Err(format!(
                "{token:?} may run once, and ran on {:?}",
                asked.runs
            ));
        }
        if asked.of_lane && asked.uid == uid {
            return Err(format!(
                "{token:?} ran on the one who waits for it with the state in hand"
            ));
        }
        match asked.state {
            State::NothingRan(kind) => Err(format!("{token:?} ended as {kind:?}, and ran")),
            State::Open | State::Ended => Ok(()),
        }
    }

    /// How many calls to one instance ran on more than one.
    pub(super) fn ran_elsewhere(&self) -> u64 {
        let twice = |asked: &&Asked| {
            let is_any = matches!(asked.question.target, Target::Any(_));
            is_any && asked.runs.len() > 1
        };
        u64::try_from(self.asked.values().filter(twice).count()).expect("few calls")
    }

    /// The call could not be opened.
    pub(super) fn refused_at_once(
        &mut self,
        token: Token,
        kind: CallErrorKind,
    ) -> Result<(), String> {
        self.gentle_is(token, kind)?;
        let asked = self
            .asked
            .get_mut(&token)
            .expect("every token was given out");
        asked.state = State::NothingRan(kind);
        Ok(())
    }

    /// The call ended.
    pub(super) fn end(
        &mut self,
        token: Token,
        ending: &CallOutcome,
        summary: &mut Summary,
    ) -> Result<(), String> {
        let asked = self
            .asked
            .get_mut(&token)
            .expect("every token was given out");
        if asked.state != State::Open {
            return Err(format!("{token:?} ended twice"));
        }
        asked.state = State::Ended;
        let is_to_one = matches!(asked.question.target, Target::Instance(_) | Target::Any(_));
        let parts = match ending {
            Ok(parts) => parts,
            Err(error) => {
                let kind = error.kind();
                match kind {
                    CallErrorKind::Timeout => summary.timeouts += 1,
                    CallErrorKind::Lost => summary.lost += 1,
                    CallErrorKind::NoInstance => summary.nobody += 1,
                    _ => summary.refused += 1,
                }
                if kind.is_certain() {
                    if !asked.runs.is_empty() {
                        let runs = &asked.runs;
                        return Err(format!("{token:?} ended as {kind:?}, and ran on {runs:?}"));
                    }
                    asked.state = State::NothingRan(kind);
                }
                return self.gentle_is(token, kind);
            }
        };
        match is_to_one {
            true => summary.answered += 1,
            false => summary.gathered += 1,
        }
        let mut uids = BTreeSet::new();
        let mut missing = Vec::new();
        for part in parts {
            if !uids.insert(&part.uid) {
                return Err(format!("{token:?} has two parts of {}", part.uid));
            }
            match &part.said {
                // Whoever reads the request of a call to many may answer; foreigners, too.
                Ok(_) if !is_to_one && part.uid == "stranger" => {}
                Ok(said) if said[..] != token.answer(&part.uid) => {
                    return Err(format!(
                        "{token:?} got an answer that is not its own: {part:?}"
                    ));
                }
                Ok(_) if !asked.runs.iter().any(|(uid, _)| *uid == part.uid) => {
                    return Err(format!(
                        "{token:?} was answered by {}, where it never ran",
                        part.uid
                    ));
                }
                Ok(_) => {}
                Err(error) => missing.push(error.kind()),
            }
        }
        if is_to_one && parts.len() > 1 {
            return Err(format!("{token:?} asked one and has {parts:?}"));
        }
        missing
            .into_iter()
            .try_for_each(|kind| self.gentle_is(token, kind))
    }

    /// When nothing goes wrong only those calls fail that cannot be answered.
    fn gentle_is(&self, token: Token, kind: CallErrorKind) -> Result<(), String> {
        let asked = &self.asked[&token];
        let fits = match (kind, &asked.question.target) {
            _ if !self.gentle => true,
            (CallErrorKind::NoInstance, Target::Instance(uid)) => uid == "nobody",
            (CallErrorKind::NoInstance, Target::Any(_) | Target::All(_)) => true,
            (CallErrorKind::UnknownMethod | CallErrorKind::Itself, _) => true,
            // Nobody waits for the rest of a call that has its quorum.
            (CallErrorKind::Timeout, Target::All(_) | Target::Everybody) => {
                matches!(
                    asked.question.wanted,
                    crate::rpc::core::question::Wanted::Answers(Some(_))
                )
            }
            _ => false,
        };
        match fits {
            true => Ok(()),
            false => Err(format!(
                "nothing goes wrong, and {token:?} fails as {kind:?}: {asked:?}"
            )),
        }
    }

    /// A call to one that may run once waits for the one that it asked, while that one is there; and
    /// one that has asked nobody waits for somebody, while there is nobody.
    pub(super) fn check_open(
        &self,
        token: Token,
        asked: Option<Presence>,
        is_anybody: impl Fn(&Target) -> bool,
    ) -> Result<(), String> {
        let question = &self.asked[&token].question;
        let may_twice = IDEMPOTENT.contains(&question.method.as_str());
        match asked {
            Some(Presence::Gone) if !may_twice => Err(format!(
                "{token:?} waits for one that is gone: {question:?}"
            )),
            None if is_anybody(&question.target) => Err(format!(
                "{token:?} has asked nobody, and could: {question:?}"
            )),
            _ => Ok(()),
        }
    }

    /// After a tick no call is open whose deadline is past.
    pub(super) fn check_deadline(&self, token: Token, now: Duration) -> Result<(), String> {
        let asked = &self.asked[&token];
        match asked.deadline <= now {
            true => Err(format!(
                "{token:?} is open at {now:?}, behind its deadline: {asked:?}"
            )),
            false => Ok(()),
        }
    }
}
