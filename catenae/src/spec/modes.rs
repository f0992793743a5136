//! The modes of a micromodule: order, choice among several inputs, what is done about streams created again, calls.

use std::fmt;
use std::str::FromStr;

use crate::spec::error::ConfigError;

/// How far electrons may overtake each other on their way through the micromodule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// Ordered per partition; while one electron is being delivered the next is handled.
    #[default]
    Pipelined,
    /// One electron at a time over the whole instance, outputs in that order; those without a key go to one partition.
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

impl fmt::Display for InputMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parity => "parity",
            Self::Exp => "exp",
            Self::Strict => "strict",
        })
    }
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

/// What is done when a stream in use was deleted and created again. Such a stream is another one: offsets of
/// the former one mean nothing on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRecreate {
    /// The micromodule stops with an error that names the stream and both ids.
    #[default]
    Fail,
    /// It goes on: inputs are read again from their beginning, and sending goes on to the new outputs.
    FromBeginning,
}

impl FromStr for OnRecreate {
    type Err = ConfigError;

    /// From the flag or the environment; there is no attribute for it. Underscores are read as hyphens.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.replace('_', "-").as_str() {
            "fail" => Ok(Self::Fail),
            "from-beginning" => Ok(Self::FromBeginning),
            _ => Err(ConfigError::value(text, "write `fail` or `from-beginning`")),
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
