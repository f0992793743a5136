//! What is wrong with a configured value; the command line adds where the value came from.

/// A value that cannot be used. No variant carries a value that may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The value does not read as what is wanted.
    #[error("`{text}` is not accepted: {wanted}")]
    Value {
        /// What was given.
        text: String,
        /// What to write.
        wanted: String,
    },
    /// A list without a stream, or with an empty place.
    #[error("a stream name is missing: write one or several names, separated by commas")]
    NoStream,
    /// Kafka would refuse the name.
    #[error(
        "`{name}` cannot be a stream name: write 1 to 249 of the characters a-z, A-Z, 0-9, `.`, \
         `_`, `-`, and not `.` or `..` alone"
    )]
    StreamName {
        /// The name.
        name: String,
    },
    /// One stream twice in a list.
    #[error("the stream `{name}` is named twice: name each stream once")]
    DuplicateStream {
        /// The name.
        name: String,
    },
    /// A pair without a key or without a sign; the text may be a password.
    #[error("pair {position} is not of the form `key=value`")]
    Pair {
        /// Which one, counted from 1.
        position: usize,
    },
    /// A librdkafka setting that would break a promise.
    #[error("the setting `{key}` cannot be set this way: {instead}")]
    Setting {
        /// The name of the setting.
        key: String,
        /// What to write, or why not.
        instead: String,
    },
    /// Two choices that exclude each other.
    #[error("{first} and {second} exclude each other: {why}")]
    Contradiction {
        /// A choice and where it came from.
        first: String,
        /// The other.
        second: String,
        /// Why, and what to write.
        why: &'static str,
    },
    /// A choice that this micromodule cannot keep.
    #[error("{choice} is not possible here: {why}")]
    Unkept {
        /// The choice and where it came from.
        choice: String,
        /// Why, and what to write.
        why: &'static str,
    },
}

impl ConfigError {
    /// `text` does not read as what is wanted.
    pub(crate) fn value(text: &str, wanted: impl Into<String>) -> Self {
        Self::Value {
            text: text.to_owned(),
            wanted: wanted.into(),
        }
    }
}
