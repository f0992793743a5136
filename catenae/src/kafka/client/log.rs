//! What librdkafka says, on its way to the log.

use rdkafka::config::RDKafkaLogLevel as Level;

/// What the client warns of its settings: every client gets all `--kafka` settings, also those that
/// are for the other kind of client.
const SETTINGS: &str = "CONFWARN";

/// What the client hands over as an error, too.
const TOLD: [&str; 2] = ["FATAL", "TXNERR"];

/// What it says when it gets no id for an idempotent producer yet.
const PRODUCER_ID: &str = "GETPID";

/// A question that was not answered in time.
const UNANSWERED: &str = "REQTMOUT";

/// How loud a client is whose questions are all repeated by who asks them: that one was not answered in time
/// is known to who asked, and said there.
pub(crate) fn level_of_asker(level: Level, facility: &str) -> Level {
    match facility {
        UNANSWERED => Level::Debug,
        _ => level,
    }
}

/// How much of what a consumer says is written. It says more than it is asked for, see
/// [`tell_of_recreation`](super::settings::tell_of_recreation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// What is no detail.
    Brief,
    /// Everything: the user has set `debug`.
    Everything,
}

impl Log {
    /// Whether a line of that level is written.
    pub(crate) fn wants(self, level: Level) -> bool {
        self == Self::Everything || !matches!(level, Level::Debug)
    }
}

/// Writes one line of librdkafka under the target `librdkafka`.
pub(crate) fn line(level: Level, facility: &str, text: &str) {
    match level {
        // Fatal errors, and those of transactions, come to us as errors as well, and are told there.
        _ if TOLD.contains(&facility) => {
            tracing::debug!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Warning if facility == SETTINGS => {
            tracing::debug!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        // A Kafka that has just begun asks for patience, and gets it.
        Level::Warning if facility == PRODUCER_ID => {
            tracing::info!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Warning => tracing::warn!(target: "librdkafka", "librdkafka: {facility} {text}"),
        // The client is set to say so much for the sake of what it says about connections.
        Level::Notice | Level::Info | Level::Debug => {
            tracing::debug!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
    }
}
