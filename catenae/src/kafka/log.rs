//! What librdkafka says, on its way to the log.

use rdkafka::config::RDKafkaLogLevel as Level;

/// What the client warns of its settings: every client gets all `--kafka` settings, also those that
/// are for the other kind of client.
const SETTINGS: &str = "CONFWARN";

/// Writes one line of librdkafka under the target `librdkafka`.
pub(super) fn line(level: Level, facility: &str, text: &str) {
    match level {
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Warning if facility == SETTINGS => {
            tracing::debug!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Warning => tracing::warn!(target: "librdkafka", "librdkafka: {facility} {text}"),
        Level::Notice | Level::Info => {
            tracing::info!(target: "librdkafka", "librdkafka: {facility} {text}");
        }
        Level::Debug => tracing::debug!(target: "librdkafka", "librdkafka: {facility} {text}"),
    }
}
