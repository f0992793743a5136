//! What a partition that stands still waits for, as a program and as a person read it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::stream::StreamName;

/// A partition of an input stream that has something to be read and stands still.
///
/// Its `Display` is one sentence in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stall {
    /// The input stream.
    pub stream: StreamName,
    /// Its partition.
    pub partition: i32,
    /// The oldest offset that is not settled; `None` before the first electron of a partition whose
    /// beginning has no number.
    pub offset: Option<i64>,
    /// How many offsets there are from this one, inclusive, to the end of the partition, as far as the broker has told;
    /// some of them may hold no electron.
    pub lag: Option<u64>,
    /// How long it has not moved.
    pub lasted: Duration,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// What a partition that stands still waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// The link's function, which has one electron in hand all the time.
    Handler {
        /// The stream of that electron, which need not be the one that stands still.
        stream: StreamName,
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
        /// How long the function has had it, to the second.
        running: Duration,
        /// The name of the thread.
        thread: String,
    },
    /// Kafka, which has not confirmed outputs.
    Delivery {
        /// How many are under way: of the oldest electron, or of all when there is no room for more.
        outputs: u64,
    },
    /// The next attempt at an electron that failed.
    Retry {
        /// How long until then.
        left: Duration,
    },
    /// The commit of an electron that is settled.
    Commit,
    /// What a function has begun and [holds](crate::Context::hold) its electron for.
    Hold,
    /// The links that read its output: the embedded broker can keep no more until they do.
    Readers,
    /// Room among the electrons in flight.
    Room,
    /// A lane that is busy with others: other partitions, or inputs that come first.
    Turn,
    /// The broker, which delivers nothing although the partition holds more.
    Broker,
    /// The consumer group, which this instance fell out of.
    Group,
}

/// Where the contexts of a micromodule find what stands still.
#[derive(Debug, Default)]
pub(crate) struct StallReport {
    stalls: Mutex<Vec<Stall>>,
    handled: AtomicU64,
}

impl StallReport {
    /// What a look has found replaces what the last one found.
    pub(crate) fn put(&self, stalls: Vec<Stall>, handled: u64) {
        *self.stalls.lock().unwrap_or_else(PoisonError::into_inner) = stalls;
        self.handled.store(handled, Ordering::Relaxed);
    }

    /// How often electrons had been taken in hand at the last look.
    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    /// What the last look found.
    pub(crate) fn stalls(&self) -> Vec<Stall> {
        let stalls = self.stalls.lock().unwrap_or_else(PoisonError::into_inner);
        stalls.clone()
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream, partition, ..
        } = self;
        write!(f, "stream `{stream}`, partition {partition}, ")?;
        match self.offset {
            Some(offset) => write!(f, "has been stalled at offset {offset}")?,
            None => f.write_str("has been stalled at its beginning")?,
        }
        write!(f, " for {} s", self.lasted.as_secs())?;
        if let Some(lag) = self.lag {
            write!(f, " (lag {lag})")?;
        }
        write!(f, " and waits for {}", self.waits_for)
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handler {
                stream,
                partition,
                offset,
                running,
                thread,
            } => write!(
                f,
                "the link's function, which has had stream `{stream}`, partition {partition}, \
                 offset {offset} in hand for {} s on thread `{thread}`",
                running.as_secs()
            ),
            Self::Delivery { outputs } => write!(
                f,
                "Kafka to confirm {outputs} output{}",
                if *outputs == 1 { "" } else { "s" }
            ),
            Self::Retry { left } => write!(
                f,
                "the next attempt at an electron that failed, in {} s",
                left.as_secs()
            ),
            Self::Commit => f.write_str("Kafka to take the commit of a settled electron"),
            Self::Hold => f.write_str(
                "what the function began and holds the electron for: the hold is not released",
            ),
            Self::Readers => f.write_str(
                "the links that read its output: the embedded broker can keep no more until they do",
            ),
            Self::Room => f.write_str("room among the electrons in flight"),
            Self::Turn => {
                f.write_str("its turn: the lanes are busy with other partitions or inputs")
            }
            Self::Broker => f.write_str("the broker, which delivers nothing from this partition"),
            Self::Group => f.write_str("the consumer group to readmit this instance"),
        }
    }
}
