//! Which events are logged: the level, with a cap on the libraries below.

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

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

/// The levels, by target.
pub(super) struct Levels {
    default: LevelFilter,
    /// A later one takes the place of the same target earlier.
    named: Vec<(String, LevelFilter)>,
}

impl Levels {
    pub(super) fn new(config: &LogConfig) -> Self {
        let default = filter(config.level);
        let capped = CAPPED
            .iter()
            .map(|target| (*target, default.min(LevelFilter::INFO)));
        let named = config
            .targets
            .iter()
            .map(|(target, level)| (target.as_str(), filter(*level)));
        let identity = [(identity::TARGET, LevelFilter::ERROR)];
        let all = capped.chain(named).chain(identity);
        Self {
            default,
            named: all
                .map(|(target, level)| (target.to_owned(), level))
                .collect(),
        }
    }

    /// The level of the longest name that is `target` or a module around it. (`Targets` of
    /// tracing-subscriber compares letters: there `mio` would also silence a crate `miolnir`.)
    fn of(&self, target: &str) -> LevelFilter {
        let around = |name: &str| match target.strip_prefix(name) {
            Some(rest) => rest.is_empty() || rest.starts_with("::"),
            None => false,
        };
        let matching = self.named.iter().filter(|(name, _)| around(name));
        matching
            .max_by_key(|(name, _)| name.len())
            .map_or(self.default, |(_, level)| *level)
    }
}

impl<S: Subscriber> Layer<S> for Levels {
    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        *metadata.level() <= self.of(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.named
            .iter()
            .map(|(_, level)| *level)
            .chain([self.default])
            .max()
    }
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
