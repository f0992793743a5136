//! What crosses between callers and callees, and what both report.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::crc32;

/// How a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum How {
    /// One instance, by its uid, may run it once.
    At,
    /// One of them may run it once.
    Any,
    /// It may run once on each: asked again where nobody answers.
    AnyAgain,
    /// Every one of them may run it once.
    All,
    /// One of them may run it once, and nobody waits for an answer.
    Notify,
}

impl How {
    /// Whether one instance at most may run it.
    #[must_use]
    pub fn is_once(self) -> bool {
        matches!(self, Self::At | Self::Any | Self::Notify)
    }
}

/// A question, with all that is needed to judge what comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The process that asks; the name is never used again, as a uid may be.
    pub by: String,
    /// Its uid.
    pub uid: String,
    /// The number of the question there, without gaps.
    pub nth: u64,
    /// How it is asked.
    pub how: How,
    /// Until when it waits, in milliseconds since the Unix epoch.
    pub deadline: i64,
    /// How long a slow method takes, in milliseconds.
    pub slow_ms: u64,
    /// The checksum of all that.
    pub crc: u32,
}

impl Question {
    /// The same with its checksum.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self {
            crc: self.checksum(),
            ..self
        }
    }

    /// Whether it is as it was made.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.crc == self.checksum()
    }

    fn checksum(&self) -> u32 {
        let Self {
            by,
            uid,
            nth,
            how,
            deadline,
            slow_ms,
            ..
        } = self;
        crc32(format!("{by}/{uid}/{nth}/{how:?}/{deadline}/{slow_ms}").bytes())
    }
}

/// Whether the method with the state panics at a question: one in fifty or so, when it has reported.
#[must_use]
pub fn is_panic(question: &Question) -> bool {
    question.crc.is_multiple_of(53)
}

/// One execution of a method, as the callee reports it before it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// The process that ran it.
    pub by: String,
    /// Its uid.
    pub uid: String,
    /// The number of the execution there: a report that lies twice on its stream is one execution.
    pub nth: u64,
    /// When it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The uid that the library says the question is of.
    pub caller: String,
    /// How often this state has met the question; 1 without a state.
    pub times: u32,
    /// What was asked.
    pub question: Question,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// The process that ran it.
    pub by: String,
    /// The number of the execution there.
    pub nth: u64,
    /// What was asked.
    pub question: Question,
}

/// What came of a call, or of one instance of those that were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It was answered.
    Answered(Echo),
    /// The method says that it could not report.
    Unreported,
    /// There is no answer.
    Failed {
        /// The kind of the error.
        kind: String,
        /// Whether nothing ran, as the kind says.
        certain: bool,
    },
    /// Those who were asked: the answers, and who gave none.
    Gathered {
        /// The answers, each with the uid it is said to be from.
        answers: Vec<(String, Echo)>,
        /// The uids without an answer, and whether it is certain that nothing ran there.
        missing: Vec<(String, bool)>,
    },
    /// Nobody waits for an answer, and it was sent.
    Notified,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(_) => f.write_str("answered"),
            Self::Unreported => f.write_str("unreported"),
            Self::Failed { kind, .. } => f.write_str(kind),
            Self::Gathered { missing, .. } if missing.is_empty() => f.write_str("gathered"),
            Self::Gathered { .. } => f.write_str("gathered in part"),
            Self::Notified => f.write_str("notified"),
        }
    }
}

/// What a caller reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It is about to ask.
    Begun(Question),
    /// A call has ended.
    Ended {
        /// The process that had asked.
        by: String,
        /// Its question.
        nth: u64,
        /// The number of the ending there: a report that lies twice on its stream is one ending.
        ending: u64,
        /// When, in milliseconds since the Unix epoch.
        at: i64,
        /// With what.
        fate: Fate,
    },
}
