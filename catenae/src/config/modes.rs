//! The modes of a micromodule: order, delivery, choice among several inputs.

use std::fmt;
use std::str::FromStr;

use super::ConfigError;

/// How far electrons may overtake each other on their way through the micromodule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// Ordered per partition; while one electron is being delivered the next is handled.
    #[default]
    Pipelined,
    /// One electron at a time over the whole instance, outputs in that order.
    Sequential,
    /// As `Sequential`, and each input is settled and committed before the next is taken.
    Synchronous,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pipelined => "pipelined",
            Self::Sequential => "seq",
            Self::Synchronous => "sync",
        })
    }
}

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

impl DeliveryMode {
    /// What becomes of an electron that was not handled to its end, when the link starts again.
    pub(crate) fn fate(self) -> &'static str {
        match self {
            Self::AtLeastOnce | Self::ExactlyOnce => "it is read again at the next start",
            Self::AtMostOnce => "it was committed before it was handled, and is not read again",
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

/// Which input is read next when several have something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputMode {
    /// All inputs get equal shares.
    #[default]
    Parity,
    /// Each input gets 1.7 times the share of the one behind it.
    Exp,
    /// Always the first input that is not empty.
    Strict,
}

impl FromStr for InputMode {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text {
            "parity" => Ok(Self::Parity),
            "exp" => Ok(Self::Exp),
            "strict" => Ok(Self::Strict),
            _ => Err(ConfigError::value(
                text,
                "write `parity`, `exp` or `strict`",
            )),
        }
    }
}

/// Whether a micromodule can be called, and can call others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rpc {
    /// It announces itself, answers, and may ask.
    #[default]
    On,
    /// It is not heard of, and a call of its own is an error.
    Off,
}

impl FromStr for Rpc {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(ConfigError::value(text, "write `on` or `off`")),
        }
    }
}
