//! What the streams of a run are for, and the settings that they are created with.

use crate::limits;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The generator writes it.
    Input,
    /// A link writes its outputs to it.
    Output,
    /// What failed waits there.
    Retries,
    /// Dead letters lie there; those of links have limits in turn.
    DeadLetters(usize),
    /// Callers and callees report on it.
    Reports,
}

type Settings = &'static [(&'static str, &'static str)];

/// Keeps what an input says of its time, whatever that is, and keeps the input.
const ANY_TIME: Settings = &[
    ("message.timestamp.before.max.ms", "9223372036854775807"),
    ("message.timestamp.after.max.ms", "9223372036854775807"),
    ("retention.ms", "-1"),
    // Else each step of ten years begins another file.
    ("segment.ms", "9223372036854775807"),
];

impl Role {
    /// The settings of such a stream; `limited` by an operator, or not.
    pub(crate) fn settings(self, limited: bool) -> Settings {
        match self {
            Self::Input => ANY_TIME,
            Self::Reports => &[],
            Self::Output if limited => limits::OUTPUTS,
            Self::Retries if limited => limits::RETRIES,
            Self::DeadLetters(turn) if limited => {
                limits::DEAD_LETTERS[turn % limits::DEAD_LETTERS.len()]
            }
            // When an output was there is compared with when an offset was committed.
            Self::Output | Self::Retries | Self::DeadLetters(_) => {
                &[("message.timestamp.type", "LogAppendTime")]
            }
        }
    }
}
