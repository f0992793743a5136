//! Limits of the streams that links write, as an operator would set them.

use crate::streams::Streams;

type Settings = &'static [(&'static str, &'static str)];

/// No compaction within a run: what it removed would be taken for lost.
const TIGHT: Settings = &[
    ("message.timestamp.type", "LogAppendTime"),
    ("cleanup.policy", "compact"),
    ("min.compaction.lag.ms", "86400000"),
    ("max.message.bytes", "4000"),
];

const WIDE: Settings = &[("message.timestamp.type", "LogAppendTime")];

/// A copy may be no older than an hour, and no younger, and the broker does not stamp it.
const OF_TODAY: Settings = &[
    ("message.timestamp.type", "CreateTime"),
    ("message.timestamp.before.max.ms", "3600000"),
    ("message.timestamp.after.max.ms", "3600000"),
];

/// The same, and there must be a key.
const OF_TODAY_AND_COMPACTED: Settings = &[
    ("message.timestamp.type", "CreateTime"),
    ("message.timestamp.before.max.ms", "3600000"),
    ("message.timestamp.after.max.ms", "3600000"),
    ("cleanup.policy", "compact"),
    ("min.compaction.lag.ms", "86400000"),
];

/// What each link's outputs have at first.
pub const OUTPUTS: Settings = TIGHT;
/// What streams of dead letters have, in turn.
pub const DEAD_LETTERS: [Settings; 3] = [OF_TODAY, TIGHT, OF_TODAY_AND_COMPACTED];
/// What streams of retries have: what waits must fit.
pub const RETRIES: Settings = OF_TODAY_AND_COMPACTED;

/// The limits of outputs, which change now and then.
#[derive(Debug)]
pub struct Limits {
    streams: Streams,
    /// The outputs of each link; of none where there are no limits.
    outputs: Vec<Vec<String>>,
}

impl Limits {
    /// Limits of these outputs.
    #[must_use]
    pub fn new(streams: Streams, outputs: Vec<Vec<String>>) -> Self {
        Self { streams, outputs }
    }

    /// Gives the outputs of a link tight limits, or wide ones; returns whether the brokers took them.
    #[must_use]
    pub fn set(&self, flow: usize, tight: bool) -> bool {
        let outputs = self.outputs.get(flow).filter(|outputs| !outputs.is_empty());
        let settings = if tight { TIGHT } else { WIDE };
        outputs.is_some_and(|outputs| self.streams.configure(outputs, settings))
    }
}
