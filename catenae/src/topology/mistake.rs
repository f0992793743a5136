//! What can be wrong with a topology, each in the words its user reads.

use crate::spec::error::ConfigError;
use crate::stream::StreamName;

use super::external::Direction;

/// One mistake in a topology.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Mistake {
    #[error("it has no links: add one with `.link::<name>()`")]
    NoLinks,
    #[error(
        "`{class}` has 0 instances, so nothing would run it: write `.link::<{class}>()` for one \
         instance, or leave it out"
    )]
    NoInstances { class: &'static str },
    #[error(
        "`{class}` is added {times} times: write `.instances::<{class}>({instances})` once, or \
         replace one with the link you meant"
    )]
    Repeated {
        class: &'static str,
        times: usize,
        instances: usize,
    },
    #[error(
        "`{first}` and `{second}` are two functions of one class, `{class}`: they would share a \
         consumer group and their calls, and each would get only a part of the electrons; rename one \
         of them"
    )]
    TwoFunctions {
        class: &'static str,
        first: &'static str,
        second: &'static str,
    },
    #[error(
        "`{first}` and `{second}` read stream `{stream}` in one consumer group, `{group}`, so each \
         would get only a part of its electrons: give one of them another `group`"
    )]
    SharedGroup {
        first: &'static str,
        second: &'static str,
        stream: StreamName,
        group: String,
    },
    #[error(
        "`{class}` serves two methods named `{method}`, and a call could not tell them apart: rename one"
    )]
    TwoMethods {
        class: &'static str,
        method: &'static str,
    },
    #[error("`{class}`: {problem}")]
    Attribute {
        class: &'static str,
        problem: ConfigError,
    },
    #[error(
        "`{class}` takes a message but has no input stream: add `input = \"…\"` to its attribute"
    )]
    NoInput { class: &'static str },
    #[error(
        "`{class}` returns values (`{returns}`) but has no output stream: add `output = \"…\"` to its \
         attribute, or return nothing"
    )]
    NoOutput {
        class: &'static str,
        returns: &'static str,
    },
    #[error(
        "`{reader}` reads stream `{input}`, which no link here writes, and `{writer}` writes \
         `{output}`, which no link here reads: is one of the two names misspelled?"
    )]
    Misspelled {
        reader: &'static str,
        input: StreamName,
        writer: &'static str,
        output: StreamName,
    },
    #[error(
        "`{reader}` reads stream `{input}`, which no link here writes{hint}; if others write it, add \
         `.external_input(\"{input}\")`"
    )]
    Unwritten {
        reader: &'static str,
        input: StreamName,
        hint: Hint,
    },
    #[error(
        "`{writer}` writes stream `{output}`, which no link here reads{hint}; if others read it, add \
         `.external_output(\"{output}\")`"
    )]
    Unread {
        writer: &'static str,
        output: StreamName,
        hint: Hint,
    },
    #[error("`.{direction}(\"{stream}\")`: no link here {}s that stream{hint}", .direction.verb())]
    UnusedExternal {
        direction: Direction,
        stream: StreamName,
        hint: Hint,
    },
    #[error(
        "none of its links sends anything by itself, and no other program writes to the embedded \
         broker, so the topology would wait forever: add a source (a link without an input), \
         or give the address of a Kafka cluster with `-k host:port`"
    )]
    NoSource,
}

/// What may help with a name that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Nothing,
    /// A name that looks like it.
    LooksLike(StreamName),
    /// The stream of a link that puts no dead letters aside.
    DeadLetters {
        class: &'static str,
    },
}

impl std::fmt::Display for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::LooksLike(name) => write!(f, ": did you mean `{name}`?"),
            Self::DeadLetters { class } => write!(
                f,
                ": the dead letters of `{class}` go there only with `on_error = dead_letter`"
            ),
        }
    }
}
