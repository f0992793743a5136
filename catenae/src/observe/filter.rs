//! Which events are logged: the level, with a cap on the libraries below.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use crate::config::{LogConfig, LogLevel};

use super::identity;

/// Libraries that tell their inner workings at `debug` and `trace`. They are heard from `info` on,
/// unless the level names them: `debug,librdkafka=debug`.
const CAPPED: &[&str] = &[
    "librdkafka",
    "rdkafka",
    "tokio",
    "mio",
    "hyper",
    "hyper_util",
    "h2",
    "tower",
    "reqwest",
    "rustls",
    "want",
    "mongodb",
    "aerospike",
];

/// The levels as tracing knows them.
pub(super) fn targets(config: &LogConfig) -> Targets {
    let level = filter(config.level);
    let capped = CAPPED
        .iter()
        .map(|target| (*target, level.min(LevelFilter::INFO)));
    let named = config
        .targets
        .iter()
        .map(|(target, level)| (target.as_str(), filter(*level)));
    // A target named later takes the place of the same one named earlier.
    let targets = Targets::new()
        .with_default(level)
        .with_targets(capped)
        .with_targets(named);
    targets.with_target(identity::TARGET, LevelFilter::ERROR)
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Off => LevelFilter::OFF,
    }
}
