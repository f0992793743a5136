//! The consumer of calls: it belongs to no group, and reads where it is told to.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::config::Config;
use crate::error::Error;
use crate::kafka::client::connections::Reporter;
use crate::kafka::client::endpoint::{Endpoint, misconfigured};
use crate::kafka::client::error::ClientError;
use crate::kafka::client::log::Log;
use crate::kafka::client::record::FetchedRecord;
use crate::kafka::client::{log, settings};
use crate::kafka::topics::{ids as stream_ids, partition_count};
use crate::stream::{Recreated, StreamName};

/// How long going to the beginning of a stream may take.
const SEEK_WITHIN: Duration = Duration::from_secs(10);

/// The first offset of a partition that is kept, and the one behind its last.
pub(crate) type Bounds = (i64, i64);

/// A partition of a stream, and where to read in it.
pub(crate) type Position<'s> = (&'s StreamName, i32, i64);

/// What the consumer of calls has to say: log lines, and which of its streams were created again.
struct CallConsumerContext {
    log: Log,
    reporter: Reporter,
    recreated: Mutex<Vec<Recreated>>,
}

impl CallConsumerContext {
    /// The streams that were created again since the last call.
    fn take_recreated(&self) -> Vec<Recreated> {
        let mut recreated = self
            .recreated
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *recreated)
    }
}

impl ClientContext for CallConsumerContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if let Some(recreated) = stream_ids::said_by_client(text) {
            let mut all = self
                .recreated
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.push(recreated);
        }
        if self.log.wants(level) {
            let level = log::level_of_asker(level, facility);
            self.reporter.log(level, facility, text);
        }
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

impl ConsumerContext for CallConsumerContext {}

/// The consumer of a micromodule's calls.
pub(crate) struct CallConsumer(BaseConsumer<CallConsumerContext>);

impl CallConsumer {
    /// One that reads nothing yet.
    pub(crate) fn open(endpoint: &Endpoint, config: &Config) -> Result<Self, Error> {
        let client = settings::call_consumer(endpoint, config);
        let context = CallConsumerContext {
            log: settings::log_of_reader(config),
            reporter: endpoint.reporter(&client),
            recreated: Mutex::default(),
        };
        let consumer = client.create_with_context(context);
        consumer
            .map(Self)
            .map_err(|error| misconfigured("consumer of calls", error))
    }

    /// The next record, waited for as long as that; the end of a partition is an error that says so.
    pub(crate) fn poll(&self, wait: Duration) -> Option<Result<FetchedRecord<'_>, ClientError>> {
        let polled = self.0.poll(wait)?;
        Some(polled.map(FetchedRecord::polled).map_err(ClientError::from))
    }

    /// The streams that were created again since the last call.
    pub(crate) fn take_recreated(&self) -> Vec<Recreated> {
        self.0.context().take_recreated()
    }

    /// How many partitions a stream has; none is an error.
    pub(crate) fn partitions(
        &self,
        stream: &StreamName,
        within: Duration,
    ) -> Result<u32, ClientError> {
        let count = partition_count(&self.0, stream, within)?;
        Ok(count.unsigned_abs())
    }

    /// The first offset of a partition that is kept, and the one behind its last.
    pub(crate) fn bounds(
        &self,
        stream: &StreamName,
        partition: i32,
        within: Duration,
    ) -> Result<Bounds, ClientError> {
        Ok(self
            .0
            .fetch_watermarks(stream.as_str(), partition, within)?)
    }

    /// Reads these, and nothing else.
    pub(crate) fn assign(&self, positions: &[Position<'_>]) -> Result<(), ClientError> {
        Ok(self.0.assign(&list(positions)?)?)
    }

    /// Reads these as well. Added, not assigned again: a partition that is taken away and given back while the client
    /// closes can end the process (an assertion of librdkafka 2.12.1, `rktp->rktp_started`).
    pub(crate) fn assign_more(&self, positions: &[Position<'_>]) -> Result<(), ClientError> {
        Ok(self.0.incremental_assign(&list(positions)?)?)
    }

    /// Reads a stream that was created again from its beginning. What is on it was asked, answered or said since
    /// then; what is not meant to be taken twice is known by its number, its incarnation or its deadline.
    ///
    /// # Errors
    /// The client cannot go there.
    pub(crate) fn read_again(&self, stream: &StreamName) -> Result<(), ClientError> {
        let mut beginning = TopicPartitionList::new();
        for assigned in self.0.assignment()?.elements_for_topic(stream.as_str()) {
            beginning.add_partition_offset(
                stream.as_str(),
                assigned.partition(),
                Offset::Beginning,
            )?;
        }
        if beginning.count() == 0 {
            return Ok(());
        }
        let sought = self.0.seek_partitions(beginning, SEEK_WITHIN)?;
        let elements = sought.elements_for_topic(stream.as_str());
        Ok(elements.iter().try_for_each(|element| element.error())?)
    }
}

fn list(positions: &[Position<'_>]) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (stream, partition, offset) in positions {
        list.add_partition_offset(stream.as_str(), *partition, Offset::Offset(*offset))?;
    }
    Ok(list)
}
