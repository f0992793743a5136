//! Where a micromodule begins to read calls: at the ends of the streams, when it has heard who is there.

use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{READY_WITHIN, Shared};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::endpoint::misconfigured;
use crate::kafka::{Endpoint, log, settings};
use crate::shutdown::Stopper;
use crate::stream::StreamName;

/// One question to the broker, and one poll, waits no longer: between two of them a stop is noticed.
const SLICE: Duration = Duration::from_millis(500);

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

/// A consumer that stands where it shall.
pub(super) struct Place {
    pub(super) consumer: BaseConsumer<Quiet>,
}

impl Place {
    /// Finds it: reads what instances have said of themselves, and stands at the ends of the requests
    /// and of the one partition of replies that this micromodule reads.
    pub(super) fn find(
        endpoint: &Endpoint,
        config: &Config,
        shared: &Shared,
        stopper: &Stopper,
    ) -> Result<Self, Error> {
        let client = settings::call_consumer(endpoint, config);
        let consumer: BaseConsumer<Quiet> = client
            .create_with_context(Quiet)
            .map_err(|error| misconfigured("consumer of calls", error))?;
        let seeking = Seeking {
            consumer: &consumer,
            stopper,
            deadline: Instant::now() + READY_WITHIN,
        };
        seeking.settle(shared).map_err(|error| {
            let context = "calls have no place: the broker does not tell where their streams end; \
                           `--rpc off` runs the micromodule without them";
            Error::new(ErrorKind::Kafka, context).caused_by(error)
        })?;
        Ok(Self { consumer })
    }
}

struct Seeking<'s> {
    consumer: &'s BaseConsumer<Quiet>,
    stopper: &'s Stopper,
    deadline: Instant,
}

impl Seeking<'_> {
    fn settle(&self, shared: &Shared) -> KafkaResult<()> {
        let streams = &shared.streams;
        // First the ends of requests and replies: what comes while the rest is read is not missed.
        let mut all = self.ends(&streams.requests)?;
        let replies = self.partitions(&streams.replies)?;
        let mine = i32::try_from(fingerprint(&shared.me.uid) % u64::from(replies)).unwrap_or(0);
        let end = self.end(&streams.replies, mine)?;
        all.add_partition_offset(streams.replies.as_str(), mine, Offset::Offset(end))?;
        shared.with_book(|book, shared| {
            let instances = &book.instances;
            book.client
                .set_reply_partition(mine, instances, shared.now());
        });
        for element in self.hear_all(shared)?.elements() {
            all.add_partition_offset(element.topic(), element.partition(), element.offset())?;
        }
        self.consumer.assign(&all)
    }

    /// Asks again until there is an answer, the deadline is over or the micromodule stops.
    fn ask<T>(&self, question: impl Fn() -> KafkaResult<T>) -> KafkaResult<T> {
        loop {
            match question() {
                Err(_) if !self.is_over() => self.stopper.wait(SLICE / 10),
                answer => return answer,
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stopper.is_stopping() || Instant::now() >= self.deadline
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

    fn end(&self, stream: &StreamName, partition: i32) -> KafkaResult<i64> {
        self.ask(|| {
            let (_, end) = self
                .consumer
                .fetch_watermarks(stream.as_str(), partition, SLICE)?;
            Ok(end)
        })
    }

    fn ends(&self, stream: &StreamName) -> KafkaResult<TopicPartitionList> {
        let mut ends = TopicPartitionList::new();
        for partition in 0..i32::try_from(self.partitions(stream)?).unwrap_or(0) {
            let end = self.end(stream, partition)?;
            ends.add_partition_offset(stream.as_str(), partition, Offset::Offset(end))?;
        }
        Ok(ends)
    }

    /// Reads everything that instances have said of themselves, up to where the stream ends now;
    /// returns where that is.
    fn hear_all(&self, shared: &Shared) -> KafkaResult<TopicPartitionList> {
        let stream = &shared.streams.instances;
        let ends = self.ends(stream)?;
        let mut start = TopicPartitionList::new();
        for element in ends.elements() {
            start.add_partition_offset(element.topic(), element.partition(), Offset::Beginning)?;
        }
        self.consumer.assign(&start)?;
        // The end of a partition is an event of its own: its last records may be gone.
        let mut open = ends.count();
        while open > 0 && !self.is_over() {
            match self.consumer.poll(SLICE) {
                Some(Ok(message)) => shared.on_instance(&message),
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(error)) => tracing::debug!("kafka: calls: {error}"),
                None => {}
            }
        }
        if open > 0 && !self.stopper.is_stopping() {
            tracing::warn!(
                "not every instance may be known yet: `{stream}` could not be read to its end"
            );
        }
        let position = self.consumer.position()?;
        let mut reached = TopicPartitionList::new();
        for end in ends.elements() {
            let found = position.find_partition(end.topic(), end.partition());
            let offset = match found.map(|element| element.offset()) {
                Some(offset @ Offset::Offset(_)) => offset,
                // Nothing was there to be read.
                _ => end.offset(),
            };
            reached.add_partition_offset(end.topic(), end.partition(), offset)?;
        }
        Ok(reached)
    }
}

/// Spreads uids over the partitions: FNV-1a, 64 bits.
fn fingerprint(uid: &str) -> u64 {
    uid.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
