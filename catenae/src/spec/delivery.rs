//! The modes of delivery: what each means for those who carry it out, and what it leaves behind, in the words of the
//! log and of errors. Nowhere else is it said.

use std::fmt;
use std::str::FromStr;

use crate::spec::error::ConfigError;

/// What is promised about lost and repeated electrons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryMode {
    /// None is lost; after a failure some are handled again.
    #[default]
    AtLeastOnce,
    /// None is read again; after a failure some are lost.
    AtMostOnce,
    /// From Kafka to Kafka each takes effect once, by transactions.
    ExactlyOnce,
}

/// What a mode asks of the engine.
impl DeliveryMode {
    /// Whether an electron is committed before it is handled, and never read again.
    pub(crate) fn commits_first(self) -> bool {
        self == Self::AtMostOnce
    }

    /// Whether outputs and the offsets of their inputs take effect together, by a transaction.
    pub(crate) fn has_transactions(self) -> bool {
        self == Self::ExactlyOnce
    }

    /// Whether what is settled is stored with the client, which commits it.
    pub(crate) fn stores(self) -> bool {
        self == Self::AtLeastOnce
    }

    /// Whether one lane only may run the function. An offset that is committed, in a transaction or ahead of the
    /// function, stands for all before it in its partition: with several lanes some of those would be in other hands.
    pub(crate) fn has_one_lane(self) -> bool {
        self.commits_first() || self.has_transactions()
    }
}

/// What a mode leaves behind.
impl DeliveryMode {
    /// What a mode gives up, said at the start.
    pub(crate) fn warning(self) -> Option<&'static str> {
        self.commits_first().then_some(
            "--delivery at-most-once: inputs are committed before they are handled. A failure, a \
             crash or a kill loses up to 512 electrons, and outputs that are not delivered",
        )
    }

    /// What becomes of an electron that was not handled to its end, when the link starts again.
    pub(crate) fn fate(self) -> &'static str {
        match self.commits_first() {
            false => "it is read again at the next start",
            true => "it was committed before it was handled, and is not read again",
        }
    }

    /// The same of one at which the micromodule stopped.
    pub(crate) fn fate_of_failed(self) -> &'static str {
        match self.commits_first() {
            false => "it was not skipped: the electron is read again at the next start",
            true => self.fate(),
        }
    }

    /// What becomes of all that an end in the middle of the run leaves.
    pub(crate) fn fate_of_unfinished(self) -> &'static str {
        match self.commits_first() {
            false => "what is not committed is read again at the next start",
            true => "what was committed and not handled is lost",
        }
    }

    /// What becomes of the input of an output that was not delivered.
    pub(crate) fn fate_of_input(self) -> &'static str {
        match self.commits_first() {
            false => "its input was not committed and is read again at the next start",
            true => "its input was committed before, so the output is lost",
        }
    }

    /// The same of several.
    pub(crate) fn fate_of_inputs(self) -> &'static str {
        match self.commits_first() {
            false => "their inputs were not committed and are read again at the next start",
            true => "their inputs were committed before: they are lost",
        }
    }

    /// What becomes of what is in flight of partitions that were lost.
    pub(crate) fn fate_of_lost(self) -> &'static str {
        match self.commits_first() {
            false => "what was in flight is handled again by the next owner",
            true => "what was in hand is finished, and not read again",
        }
    }

    /// What the next owner of a partition does with the electron that is still in hand here.
    pub(crate) fn next_owner(self) -> &'static str {
        match self.commits_first() {
            false => "handles it again",
            true => "does not handle it again",
        }
    }
}

impl FromStr for DeliveryMode {
    type Err = ConfigError;

    /// With hyphens, or with underscores as in the attribute.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.replace('_', "-").as_str() {
            "at-least-once" => Ok(Self::AtLeastOnce),
            "at-most-once" => Ok(Self::AtMostOnce),
            "exactly-once" => Ok(Self::ExactlyOnce),
            _ => Err(ConfigError::value(
                text,
                "write `at-least-once`, `at-most-once` or `exactly-once`",
            )),
        }
    }
}

impl fmt::Display for DeliveryMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtLeastOnce => "at-least-once",
            Self::AtMostOnce => "at-most-once",
            Self::ExactlyOnce => "exactly-once",
        })
    }
}
