//! How large an electron may be: what the producer takes, and what each stream takes.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

use crate::config::Config;
use crate::kafka::settings;

/// What a batch of one electron has besides its bytes: 61 for the batch, the rest for the record.
const FRAME: usize = 96;

/// What librdkafka reckons for a message besides its bytes, when it holds it against
/// `message.max.bytes`.
const MESSAGE: usize = 36;

/// The largest electron that may be sent, in bytes with its headers.
#[derive(Debug)]
pub(crate) struct SizeLimits {
    /// `message.max.bytes`.
    producer: usize,
    /// `max.message.bytes` of the streams where that is less.
    streams: BTreeMap<String, usize>,
    /// The least of all: what is smaller fits everywhere.
    least: usize,
}

impl SizeLimits {
    /// The limits of a producer that sends to streams with these `max.message.bytes`, as far as they
    /// are known. Bounds its batches too, so that small electrons do not make a large one.
    ///
    /// With a `message.max.bytes` of the user's own only that one counts: it may be larger than what
    /// a stream takes, where compression makes up for it.
    pub(crate) fn new(
        client: &mut ClientConfig,
        config: &Config,
        streams: BTreeMap<String, usize>,
    ) -> Self {
        let producer = settings::message_max_bytes(client);
        let mut streams = streams;
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
        Self {
            producer,
            streams,
            least,
        }
    }

    /// Whether an electron of `size` bytes may be sent to `stream`.
    ///
    /// # Errors
    /// Says which limit it exceeds, and what to do.
    pub(crate) fn check(&self, stream: &str, size: usize) -> Result<(), String> {
        if size <= self.least {
            return Ok(());
        }
        if size + MESSAGE > self.producer {
            return Err(format!(
                "stream `{stream}`: the electron has {size} bytes, more than `message.max.bytes` \
                 ({}): send less, or raise it here with `--kafka message.max.bytes=…` and on the \
                 broker",
                self.producer
            ));
        }
        match self.streams.get(stream) {
            Some(limit) if size + FRAME > *limit => Err(format!(
                "stream `{stream}`: the electron has {size} bytes, more than the stream takes \
                 (`max.message.bytes`, {limit}): send less, or raise it on the stream"
            )),
            _ => Ok(()),
        }
    }
}
