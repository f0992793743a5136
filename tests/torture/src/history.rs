//! What happened in a run, as the checker sees it: small numbers, no client, no clock.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::nature::{RETRIES, failures, is_doomed, is_refused, is_silent, refused};

/// An index into [`History::streams`].
pub type StreamId = usize;

/// A place on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The stream.
    pub stream: StreamId,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// A topology of the run.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The link's name.
    pub name: String,
    /// What it reads.
    pub inputs: Vec<StreamId>,
    /// What it writes: each gets every input that is due there.
    pub outputs: Vec<StreamId>,
    /// Where its dead letters go, by input, when it writes them.
    pub dead: BTreeMap<StreamId, StreamId>,
    /// Where what failed waits, by input, when it waits in streams.
    pub retries: BTreeMap<StreamId, StreamId>,
    /// What holds for it.
    pub rules: Rules,
}

/// What holds for a link beside that it copies its inputs; see [`nature`](crate::nature).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// It sends nothing for some inputs.
    pub silent: bool,
    /// It fails at some inputs, and gives some of these up.
    pub fails: bool,
    /// Kafka refuses what it sends for some inputs, and it gives these up.
    pub refused: bool,
    /// What it keeps the order of.
    pub ordered: Ordered,
    /// An operator's streams may refuse some outputs.
    pub limited: bool,
    /// Of an attempt that fails nothing is seen.
    pub atomic: bool,
}

/// What a link keeps the order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordered {
    /// The inputs of a partition.
    #[default]
    Partition,
    /// Those of them that have the same key.
    Key,
}

/// What is to become of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// One output in each output stream.
    Output,
    /// Nothing.
    Nothing,
    /// A dead letter.
    DeadLetter,
    /// One output in each output stream, or a dead letter: that depends on the operator.
    Either,
}

impl Flow {
    /// What is to become of an input.
    #[must_use]
    pub fn due(&self, content: Content) -> Due {
        match content {
            Content::Poison => Due::DeadLetter,
            Content::Record { crc, .. } if self.rules.silent && is_silent(crc) => Due::Nothing,
            Content::Record { crc, .. } if self.rules.fails && is_doomed(crc) => Due::DeadLetter,
            Content::Record { seq, .. } if self.rules.limited && refused(seq).is_some() => {
                Due::Either
            }
            Content::Record { crc, .. } if self.rules.refused && is_refused(crc) => Due::DeadLetter,
            Content::Record { .. } => Due::Output,
        }
    }

    /// How often an input has to wait in a stream of retries.
    #[must_use]
    pub fn delays(&self, content: Content) -> u32 {
        match content {
            Content::Record { crc, .. } if self.rules.fails && !self.retries.is_empty() => {
                failures(crc).min(RETRIES)
            }
            _ => 0,
        }
    }

    /// What it reads as one stream it reads as another one, too: the two have the same name.
    pub fn reads_as(&mut self, stream: StreamId, other: StreamId) {
        if stream == other || !self.inputs.contains(&stream) {
            return;
        }
        self.inputs.push(other);
        for beside in [&mut self.dead, &mut self.retries] {
            if let Some(there) = beside.get(&stream).copied() {
                beside.insert(other, there);
            }
        }
    }

    /// Whether an input may be done while an earlier one of its partition is not, for as long as
    /// it pleases: then the later one is handled again also after an orderly end.
    #[must_use]
    pub fn leaves_gaps(&self) -> bool {
        self.rules.ordered == Ordered::Key || !self.retries.is_empty()
    }
}

/// A record of an input stream, as a plain reader found it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its offset.
    pub offset: i64,
    /// What it holds.
    pub content: Content,
}

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A record of the generator.
    Record {
        /// Its number.
        seq: u64,
        /// Its key.
        key: u32,
        /// Its checksum.
        crc: u32,
    },
    /// Bytes that cannot be decoded, written on purpose.
    Poison,
}

/// A record of an output stream, as a plain reader found it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// The partition it lies in.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// When the broker appended it, in milliseconds since the Unix epoch; `i64::MIN` where it does not say.
    pub at: i64,
    /// What it says of itself; `None` when it cannot be decoded, or its checksum is wrong.
    pub made: Option<Made>,
}

/// What an output says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// The process that made it.
    pub by: u32,
    /// How many that process had handled before.
    pub nth: u64,
    /// What its state had counted; 0 without a state.
    pub count: u64,
    /// What it was made of.
    pub parent: Place,
    /// The number of that, as it came along.
    pub seq: u64,
    /// The key of that, as it came along.
    pub key: u32,
    /// The checksum of that, as it came along.
    pub crc: u32,
}

/// A send that the broker has acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acked {
    /// Where it is.
    pub place: Place,
    /// The checksum.
    pub crc: u32,
}

/// A committed offset that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Whose group: an index into [`History::flows`].
    pub flow: usize,
    /// The stream.
    pub stream: StreamId,
    /// The partition.
    pub partition: i32,
    /// The next offset to read, as committed.
    pub next: i64,
    /// When the answer was there, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// A dead letter, by where its electron came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Whose it is: an index into [`History::flows`].
    pub flow: usize,
    /// What it was; `None` when it does not say.
    pub parent: Option<Place>,
    /// When the broker appended it, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// A copy of an electron in a stream of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose it is: an index into [`History::flows`].
    pub flow: usize,
    /// Where it is.
    pub place: Place,
    /// When the broker appended it, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What it is a copy of; `None` when it does not say.
    pub parent: Option<Place>,
    /// How many attempts had failed, as it says.
    pub failed: u32,
    /// What it holds.
    pub content: Content,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The names of the streams.
    pub streams: Vec<String>,
    /// The names of the processes.
    pub instances: Vec<String>,
    /// The topologies.
    pub flows: Vec<Flow>,
    /// The inputs by stream and partition, in the order of their offsets. A stream that was created again is
    /// one of its own in each of its incarnations.
    pub inputs: BTreeMap<(StreamId, i32), Vec<Input>>,
    /// The ends of the partitions of inputs, behind what no reader sees: marks of transactions, and what
    /// was aborted.
    pub ends: BTreeMap<(StreamId, i32), i64>,
    /// The streams of inputs that were deleted: what nobody had read by then is lost by that.
    pub gone: BTreeSet<StreamId>,
    /// What was written in transactions that were aborted.
    pub aborted: HashSet<Place>,
    /// The outputs by stream; those of one partition in the order of their offsets.
    pub outputs: BTreeMap<StreamId, Vec<Output>>,
    /// What the generator knows to be there.
    pub acked: Vec<Acked>,
    /// The committed offsets that were seen, in the order of time.
    pub samples: Vec<Sample>,
    /// The dead letters.
    pub dead_letters: Vec<DeadLetter>,
    /// What waits, or waited, in streams of retries; those of one partition in the order of their
    /// offsets.
    pub waiting: Vec<Waiting>,
}

impl History {
    /// The input at a place.
    #[must_use]
    pub fn input(&self, place: Place) -> Option<&Input> {
        let inputs = self.inputs.get(&(place.stream, place.partition))?;
        let found = inputs.binary_search_by_key(&place.offset, |input| input.offset);
        found.ok().map(|index| &inputs[index])
    }

    /// Whether what was acknowledged is where it was said to be.
    #[must_use]
    pub fn has(&self, acked: &Acked) -> bool {
        let Acked { place, crc } = acked;
        let is_it = |input: &Input| match input.content {
            Content::Record { crc: found, .. } => found == *crc,
            Content::Poison => *crc == 0,
        };
        if place.offset >= 0 {
            return self.input(*place).is_some_and(is_it);
        }
        // A repeated batch that the broker had already: the client is told so, and not where it is.
        let inputs = self.inputs.get(&(place.stream, place.partition));
        inputs.is_some_and(|inputs| inputs.iter().any(is_it))
    }

    /// A place in words.
    #[must_use]
    pub fn name(&self, place: Place) -> String {
        let Place {
            stream,
            partition,
            offset,
        } = place;
        let stream = self.streams.get(stream).map_or("?", String::as_str);
        format!("{stream}[{partition}]@{offset}")
    }
}
