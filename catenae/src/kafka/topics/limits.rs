//! What streams take: how large an electron may be, whether it needs a key, which timestamps.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::ClientConfig;

use crate::config::Config;
use crate::kafka::client::settings;

/// What a batch of one electron has besides its bytes: 61 for the batch, the rest for the record.
const FRAME: usize = 96;

/// What librdkafka reckons for a message besides its bytes, when it holds it against
/// `message.max.bytes`.
const MESSAGE: usize = 36;

/// What a stream takes, as its settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamTakes {
    /// `max.message.bytes`, if it is known.
    pub(crate) bytes: Option<usize>,
    /// `cleanup.policy` has `compact`.
    pub(crate) compacted: bool,
    pub(crate) timestamps: Timestamps,
}

/// Which timestamps a stream takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timestamps {
    /// `LogAppendTime`, or no limits that are known.
    Any,
    /// So many milliseconds before and after the time of writing.
    Within { before: i64, after: i64 },
}

impl StreamTakes {
    /// Reads the settings of a stream; `get` finds one by its name.
    pub(crate) fn read<'v>(get: impl Fn(&str) -> Option<&'v str>) -> Self {
        let limit = |name: &str| {
            let value = get(name).and_then(|value| value.parse().ok());
            value.unwrap_or(i64::MAX)
        };
        let (before, after) = (
            limit("message.timestamp.before.max.ms"),
            limit("message.timestamp.after.max.ms"),
        );
        // What brokers before 3.6 have in place of the two.
        let both = limit("message.timestamp.difference.max.ms");
        let (before, after) = (before.min(both), after.min(both));
        let by_broker = get("message.timestamp.type") == Some("LogAppendTime");
        Self {
            bytes: get("max.message.bytes").and_then(|value| value.parse().ok()),
            compacted: get("cleanup.policy").is_some_and(|value| value.contains("compact")),
            timestamps: if by_broker || (before, after) == (i64::MAX, i64::MAX) {
                Timestamps::Any
            } else {
                Timestamps::Within { before, after }
            },
        }
    }
}

impl Timestamps {
    /// Whether a timestamp is taken at the time `now`, both in milliseconds.
    pub(crate) fn allow(self, timestamp: i64, now: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Within { before, after } => {
                timestamp >= now.saturating_sub(before) && timestamp <= now.saturating_add(after)
            }
        }
    }
}

/// What every stream that a micromodule writes to takes.
#[derive(Debug)]
pub(crate) struct StreamLimits {
    /// `message.max.bytes`.
    producer: usize,
    /// `max.message.bytes` of the streams where that is less.
    streams: BTreeMap<String, usize>,
    /// The least of all: what is smaller fits everywhere.
    least: usize,
    /// The streams that take nothing without a key.
    compacted: BTreeSet<String>,
    timestamps: BTreeMap<String, Timestamps>,
}

/// Why an electron cannot be sent to a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is too large; says which limit it exceeds, and what to do.
    Large(String),
    /// It has no key, and the stream wants one.
    Keyless,
}

impl StreamLimits {
    /// The limits of a producer that sends to streams that take this, as far as that is known. Bounds
    /// its batches too, so that small electrons do not make a large one.
    ///
    /// With a `message.max.bytes` of the user's own only that one counts for the size: it may be larger
    /// than what a stream takes, where compression makes up for it.
    pub(crate) fn new(
        client: &mut ClientConfig,
        config: &Config,
        known: BTreeMap<String, StreamTakes>,
    ) -> Self {
        let producer = settings::message_max_bytes(client);
        let size = |(name, takes): (&String, &StreamTakes)| Some((name.clone(), takes.bytes?));
        let mut streams: BTreeMap<String, usize> = known.iter().filter_map(size).collect();
        streams.retain(|_, limit| *limit < producer + FRAME);
        if let Some(least) = streams.values().min()
            && client.get("batch.size").is_none()
        {
            client.set("batch.size", least.to_string());
        }
        if config
            .kafka
            .iter()
            .any(|(name, _)| name == "message.max.bytes")
        {
            streams.clear();
        }
        let least = streams.values().map(|limit| limit.saturating_sub(FRAME));
        let least = least
            .chain([producer.saturating_sub(MESSAGE)])
            .min()
            .unwrap_or(0);
        let compacted = known.iter().filter(|(_, takes)| takes.compacted);
        Self {
            producer,
            streams,
            least,
            compacted: compacted.map(|(name, _)| name.clone()).collect(),
            timestamps: known
                .into_iter()
                .map(|(name, takes)| (name, takes.timestamps))
                .collect(),
        }
    }

    /// Whether an electron of `size` bytes may be sent to `stream`.
    ///
    /// # Errors
    /// Says what the stream does not take.
    pub(crate) fn check(
        &self,
        stream: &str,
        size: usize,
        key: Option<&[u8]>,
    ) -> Result<(), Misfit> {
        if key.is_none() && !self.compacted.is_empty() && self.is_compacted(stream) {
            return Err(Misfit::Keyless);
        }
        self.check_size(stream, size).map_err(Misfit::Large)
    }

    /// Whether a stream takes nothing without a key, as far as that is known.
    pub(crate) fn is_compacted(&self, stream: &str) -> bool {
        self.compacted.contains(stream)
    }

    /// Whether a stream takes this timestamp at the time `now`, as far as that is known.
    pub(crate) fn allow(&self, stream: &str, timestamp: i64, now: i64) -> bool {
        let known = self.timestamps.get(stream);
        known.is_none_or(|limits| limits.allow(timestamp, now))
    }

    /// Whether an electron of `size` bytes is small enough for `stream`.
    ///
    /// # Errors
    /// Says which limit it exceeds, and what to do.
    pub(crate) fn check_size(&self, stream: &str, size: usize) -> Result<(), String> {
        if size <= self.least {
            return Ok(());
        }
        if size + MESSAGE > self.producer {
            return Err(format!(
                "stream `{stream}`: the electron has {size} bytes, with its frame more than \
                 `message.max.bytes` ({}): send less, or raise it here with `--kafka message.max.bytes=…` and on the \
                 broker",
                self.producer
            ));
        }
        match self.streams.get(stream) {
            Some(limit) if size + FRAME > *limit => Err(format!(
                "stream `{stream}`: the electron has {size} bytes, more than the stream takes \
                 (`max.message.bytes`, {limit}): send less, or raise it on the stream and start \
                 this micromodule again"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
