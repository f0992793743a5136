//! Whether there is anything to be read between two offsets: not where there are only the marks of
//! transactions, or what was aborted.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{ANSWER_WITHIN, LagContext, Left};
use crate::error::{Error, ErrorKind};
use crate::kafka::client::endpoint::misconfigured;
use crate::mutant;

/// How long one attempt may take: the next look is the next attempt.
const WITHIN: Duration = Duration::from_secs(2);

/// The offsets of a partition that a group has not committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gap {
    pub(super) stream: String,
    pub(super) partition: i32,
    pub(super) from: i64,
    pub(super) end: i64,
}

impl Gap {
    pub(super) fn left(self) -> Left {
        Left {
            stream: self.stream,
            partition: self.partition,
            from: self.from,
            offsets: self.end - self.from,
        }
    }
}

/// Reads gaps, as a member of the group would, and remembers which are empty.
pub(super) struct GapProbe {
    config: ClientConfig,
    context: LagContext,
    /// Made when it is needed: most groups commit up to the end.
    consumer: Option<BaseConsumer<LagContext>>,
    empty: HashSet<Gap>,
}

impl GapProbe {
    /// A probe that connects as `config` says.
    pub(super) fn new(mut config: ClientConfig, context: LagContext) -> Self {
        config
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            // The end is told with the answer to a fetch that brings nothing.
            .set("fetch.wait.max.ms", "10")
            .set("queued.max.messages.kbytes", "1024");
        for of_members in [
            "group.protocol",
            "group.instance.id",
            "group.remote.assignor",
        ] {
            config.remove(of_members);
        }
        Self {
            context,
            config,
            consumer: None,
            empty: HashSet::new(),
        }
    }

    /// Those of `gaps` that have something to be read, or may have.
    pub(super) fn not_empty(&mut self, mut gaps: Vec<Gap>) -> Result<Vec<Gap>, Error> {
        gaps.retain(|gap| !self.empty.contains(gap));
        if gaps.is_empty() || mutant::is("gaps-unread") {
            return Ok(gaps);
        }
        let consumer = match self.consumer.take() {
            Some(consumer) => consumer,
            None => self
                .config
                .create_with_context(self.context.clone())
                .map_err(|error| misconfigured("client", error))?,
        };
        let found = find_empty(&consumer, &gaps);
        self.consumer = Some(consumer);
        let empty = found.map_err(|error| {
            let context = "cannot check what a group has not read";
            Error::new(ErrorKind::Kafka, context).caused_by(error)
        })?;
        gaps.retain(|gap| !empty.contains(gap));
        self.empty.extend(empty);
        Ok(gaps)
    }
}

/// Those of `gaps` of which everything was read, and nothing came.
fn find_empty(consumer: &BaseConsumer<LagContext>, gaps: &[Gap]) -> Result<Vec<Gap>, KafkaError> {
    let mut empty = Vec::new();
    // One stream after the other: the end of a partition is told without the name of its stream.
    let streams: BTreeSet<&str> = gaps.iter().map(|gap| gap.stream.as_str()).collect();
    for stream in streams {
        let (mut open, mut wanted) = (Vec::new(), TopicPartitionList::new());
        for gap in gaps.iter().filter(|gap| gap.stream == stream) {
            // Asked before anything is read: what is behind the last closed transaction is still to
            // come, or will be aborted, and the end is told at that point.
            let (_, closed) = consumer.fetch_watermarks(stream, gap.partition, ANSWER_WITHIN)?;
            if closed >= gap.end {
                wanted.add_partition_offset(stream, gap.partition, Offset::Offset(gap.from))?;
                open.push(gap);
            }
        }
        if !open.is_empty() {
            consumer.assign(&wanted)?;
            let read = read(consumer, open);
            consumer.unassign()?;
            empty.extend(read?);
        }
    }
    Ok(empty)
}

/// Reads until all of `open`, which are of one stream, have shown something or their end.
fn read(consumer: &BaseConsumer<LagContext>, mut open: Vec<&Gap>) -> Result<Vec<Gap>, KafkaError> {
    let mut empty = Vec::new();
    let deadline = Instant::now() + WITHIN;
    while !open.is_empty() && Instant::now() < deadline {
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Ok(message)) => {
                let partition = message.partition();
                open.retain(|gap| gap.partition != partition);
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let ended = open.iter().filter(|gap| gap.partition == partition);
                empty.extend(ended.map(|gap| (*gap).clone()));
                open.retain(|gap| gap.partition != partition);
            }
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(empty)
}
