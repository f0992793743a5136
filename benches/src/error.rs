//! Why the benchmark, or one run of it, gives no figure.

use std::io;
use std::time::Duration;

use rdkafka::error::KafkaError;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program could not be started or talked to.
    #[error("`{program}` cannot be run")]
    Program {
        /// Its name.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{program}` ended early or with an error ({how}); its last lines:\n{lines}")]
    Ended {
        /// Its name.
        program: String,
        /// Its exit status.
        how: String,
        /// What it printed.
        lines: String,
    },
    /// Kafka refused something.
    #[error("kafka: {what}")]
    Kafka {
        /// What was asked of it.
        what: String,
        /// What it answered.
        source: KafkaError,
    },
    /// Outputs are missing, doubled or out of order: the run is void.
    #[error("void: {0}")]
    Void(String),
    /// Nothing moved for too long.
    #[error("void: {delivered} of {records} records after {after:?}, and no more come")]
    Stalled {
        /// How many outputs there are.
        delivered: u64,
        /// How many there should be.
        records: u64,
        /// How long the run took until then.
        after: Duration,
    },
    /// A file cannot be read or written.
    #[error("`{path}` cannot be read or written")]
    File {
        /// Its path.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn kafka(what: impl Into<String>) -> impl FnOnce(KafkaError) -> Self {
        let what = what.into();
        move |source| Self::Kafka { what, source }
    }

    pub(crate) fn program(program: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Program { program, source }
    }

    pub(crate) fn file(path: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
