//! Why a command line does not lead to a running micromodule.

use crate::spec::error::ConfigError;

use super::command::DESCRIBE;

/// What happens in place of a run.
#[derive(Debug)]
pub(crate) enum Stop {
    /// This text is the answer: the contract of the micromodule.
    Print(String),
    /// Help, version, or what clap found wrong.
    Clap(clap::Error),
    /// What we found wrong.
    Usage(UsageError),
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<UsageError> for Stop {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

/// A wrong command line, environment or attribute.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// One value.
    #[error("{origin}: {problem}")]
    Value {
        origin: String,
        problem: ConfigError,
    },
    /// Choices of one link that exclude each other, or that it cannot keep.
    #[error("`{class}`: {problem}")]
    Link {
        class: &'static str,
        problem: ConfigError,
    },
    /// A choice for all links of a topology that concerns none of them.
    #[error(
        "`{choice}`: no link of this topology has {needed}, so it would change nothing: leave it out"
    )]
    NobodyCan {
        choice: String,
        needed: &'static str,
    },
    /// Bytes that are no text.
    #[error("`{name}` in the environment is not UTF-8: write its value as text")]
    NotUtf8 { name: &'static str },
    /// Two groups at once.
    #[error("{group} and {random} exclude each other: write one of them")]
    TwoGroups { group: String, random: String },
    /// A link that takes a message from nowhere.
    #[error(
        "`{class}` takes a message but has no input stream: add `input = \"…\"` to its attribute \
         or start it with `-i <stream>`"
    )]
    NoInput { class: &'static str },
    /// A link that returns values for nowhere.
    #[error(
        "`{class}` returns values but has no output stream: add `output = \"…\"` to its attribute \
         or start it with `-o <stream>`"
    )]
    NoOutput { class: &'static str },
    /// Methods that a call cannot tell apart.
    #[error(
        "`{class}` serves two methods named `{method}`, and a call could not tell them apart: rename one"
    )]
    TwoMethods {
        class: &'static str,
        method: &'static str,
    },
    /// An input for a link that takes none.
    #[error(
        "{origin}: `{class}` is a source, its function takes no message: leave the input out, or \
         give the function a message parameter"
    )]
    InputOfSource { class: &'static str, origin: String },
    /// The user's arguments and ours.
    #[error(
        "the arguments of `{class}` clash with the command line of every micromodule: {spellings}: \
         rename them with `#[arg(long = \"…\", short = '…')]`"
    )]
    Clash {
        class: &'static str,
        spellings: String,
    },
    /// The user's arguments hold commands.
    #[error("the arguments of `{class}` hold subcommands, which are not supported: write options")]
    Subcommands { class: &'static str },
    /// The arguments of two links.
    #[error(
        "`{first}` and `{second}` have different arguments of the same name: {spellings}: let both \
         links use one type, or rename the arguments of one"
    )]
    LinksClash {
        first: &'static str,
        second: &'static str,
        spellings: String,
    },
    /// A variable of single micromodules.
    #[error(
        "`{name}` is set, but it applies to single micromodules only: each link of a topology \
         has its own; unset it"
    )]
    NotForTopologies { name: &'static str },
    /// A variable that was to name a Kafka.
    #[error(
        "`{name}` is set but empty: give `host:port`; for the embedded broker, which keeps \
         everything in memory, unset it, or write `-k embedded`"
    )]
    EmptyAddress { name: &'static str },
    /// A word that belongs to no flag.
    #[error(
        "unexpected word `{word}`: apart from `{DESCRIBE}`, every value follows a flag, as in `--input {word}`; is \
         a flag missing, or are quotes missing around a value with spaces?"
    )]
    StrayWord { word: String },
    /// No uid.
    #[error("no random uid could be made: give one with `--uid`")]
    Random(#[from] getrandom::Error),
}
