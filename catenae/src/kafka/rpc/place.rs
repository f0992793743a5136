//! Where a micromodule begins to read calls: at the ends of the streams, when it has heard who is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Shared;
use super::announce::age;
use crate::config::Config;
use crate::error::Error;
use crate::kafka::endpoint::misconfigured;
use crate::kafka::{Endpoint, log, settings};
use crate::mutant;
use crate::stream::StreamName;

/// One question to the broker, and one poll, waits no longer: between two of them a stop is noticed,
/// and calls that are over.
const SLICE: Duration = Duration::from_millis(500);
/// How long it looks before it says that it has found nothing, and begins again.
const WITHIN: Duration = Duration::from_secs(10);

/// The consumer of calls has nothing to say but log lines.
pub(super) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log::line(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is asked for, and no error.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        // The other clients of the micromodule say it loudly: the same broker, the same moment.
        tracing::debug!("kafka: calls: {reason}");
    }
}

impl ConsumerContext for Quiet {}

/// The consumer of a micromodule's calls; it reads nothing yet.
pub(super) fn consumer(endpoint: &Endpoint, config: &Config) -> Result<BaseConsumer<Quiet>, Error> {
    let client = settings::call_consumer(endpoint, config);
    client
        .create_with_context(Quiet)
        .map_err(|error| misconfigured("consumer of calls", error))
}

/// Finds where to read: hears what instances have said of themselves, and stands at the ends of the
/// requests and of the one partition of replies that this micromodule reads. Calls wait for that;
/// nothing else does.
///
/// Calls `meanwhile` between two questions to the broker.
///
/// # Errors
/// The broker does not tell in time where the streams end, or the thread of calls is to end.
pub(super) fn find(
    consumer: &BaseConsumer<Quiet>,
    shared: &Shared,
    meanwhile: &dyn Fn(),
) -> KafkaResult<()> {
    let seeking = Seeking {
        consumer,
        shared,
        meanwhile,
        deadline: Instant::now() + WITHIN,
    };
    seeking.settle()
}

struct Seeking<'s> {
    consumer: &'s BaseConsumer<Quiet>,
    shared: &'s Shared,
    meanwhile: &'s dyn Fn(),
    deadline: Instant,
}

impl Seeking<'_> {
    fn settle(&self) -> KafkaResult<()> {
        let shared = self.shared;
        let streams = &shared.streams;
        // First the ends of requests and replies: what comes while the rest is read is not missed.
        let mut all = TopicPartitionList::new();
        for (partition, (_, end)) in self.all_bounds(&streams.requests)? {
            let requests = streams.requests.as_str();
            all.add_partition_offset(requests, partition, Offset::Offset(end))?;
        }
        let replies = self.partitions(&streams.replies)?;
        // With that mistake it must read what others are answered.
        let mine = if mutant::is("calls-anybody") {
            0
        } else {
            i32::try_from(fingerprint(&shared.me.uid) % u64::from(replies)).unwrap_or(0)
        };
        let (_, end) = self.bounds(&streams.replies, mine)?;
        all.add_partition_offset(streams.replies.as_str(), mine, Offset::Offset(end))?;
        self.hear_all()?;
        if shared.has_ended() {
            return Ok(());
        }
        // Added, not assigned anew: a partition that is taken away and given back while the client closes
        // can end the process (an assertion of librdkafka 2.12.1, `rktp->rktp_started`).
        self.consumer.incremental_assign(&all)?;
        // What waited for it is asked now, of everybody who is known.
        shared.with_book(|book, shared| {
            let instances = &book.instances;
            book.client
                .set_reply_partition(mine, instances, shared.now());
        });
        Ok(())
    }

    /// Asks again until there is an answer, or the deadline is over.
    fn ask<T>(&self, question: impl Fn() -> KafkaResult<T>) -> KafkaResult<T> {
        loop {
            let answer = question();
            (self.meanwhile)();
            if answer.is_ok() || self.is_over() {
                return answer;
            }
            self.shared
                .bell
                .wait(SLICE / 10, || self.shared.has_ended());
        }
    }

    fn is_over(&self) -> bool {
        self.shared.has_ended() || Instant::now() >= self.deadline
    }

    fn partitions(&self, stream: &StreamName) -> KafkaResult<u32> {
        self.ask(|| {
            let metadata = self.consumer.fetch_metadata(Some(stream.as_str()), SLICE)?;
            let topic = metadata
                .topics()
                .iter()
                .find(|topic| topic.name() == stream.as_str());
            let count = topic.map_or(0, |topic| topic.partitions().len());
            match u32::try_from(count) {
                Ok(count) if count > 0 => Ok(count),
                _ => Err(KafkaError::MetadataFetch(
                    RDKafkaErrorCode::UnknownTopicOrPartition,
                )),
            }
        })
    }

    /// The first offset of a partition that is kept, and the one behind its last.
    fn bounds(&self, stream: &StreamName, partition: i32) -> KafkaResult<(i64, i64)> {
        self.ask(|| {
            self.consumer
                .fetch_watermarks(stream.as_str(), partition, SLICE)
        })
    }

    /// All partitions of a stream, each with its bounds.
    fn all_bounds(&self, stream: &StreamName) -> KafkaResult<Vec<(i32, (i64, i64))>> {
        let partitions = 0..i32::try_from(self.partitions(stream)?).unwrap_or(0);
        partitions
            .map(|partition| Ok((partition, self.bounds(stream, partition)?)))
            .collect()
    }

    /// Reads everything that instances have said of themselves, up to where the stream ends now, and goes
    /// on from there.
    fn hear_all(&self) -> KafkaResult<()> {
        let shared = self.shared;
        let stream = &shared.streams.instances;
        let mut start = TopicPartitionList::new();
        // Those that hold something, with the offset behind the last of it.
        let mut open = BTreeMap::new();
        for (partition, (first, end)) in self.all_bounds(stream)? {
            start.add_partition_offset(stream.as_str(), partition, Offset::Offset(first))?;
            if first < end {
                open.insert(partition, end);
            }
        }
        self.consumer.assign(&start)?;
        while !open.is_empty() && !self.is_over() {
            match self.consumer.poll(SLICE) {
                Some(Ok(message)) => {
                    shared.on_instance(&message, age(message.timestamp().to_millis()));
                    let is_last = |end: &i64| message.offset() + 1 >= *end;
                    if open.get(&message.partition()).is_some_and(is_last) {
                        open.remove(&message.partition());
                    }
                }
                // An event of its own: the last records may be compacted away. It comes half a second
                // later, so it is not waited for where they are not.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    open.remove(&partition);
                }
                Some(Err(error)) => tracing::debug!("kafka: calls: {error}"),
                None => {}
            }
            (self.meanwhile)();
        }
        if !open.is_empty() && !shared.has_ended() {
            tracing::warn!(
                "not every instance may be known yet: `{stream}` could not be read to its end"
            );
        }
        Ok(())
    }
}

/// Spreads uids over the partitions: FNV-1a, 64 bits.
pub(super) fn fingerprint(uid: &str) -> u64 {
    uid.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
