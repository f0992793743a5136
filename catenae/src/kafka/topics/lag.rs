//! How far a group is behind: what is left to be read behind what it has committed.

mod probe;

use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use self::probe::{Gap, GapProbe};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::endpoint::misconfigured;
use crate::kafka::client::log;
use crate::kafka::{Endpoint, Reporter, SideStreams};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Asks how far the group of one link is behind, without being its member.
pub(crate) struct Lag {
    client: BaseConsumer<LagContext>,
    probe: GapProbe,
    streams: Vec<String>,
    /// What was not committed at the last look.
    before: Vec<Gap>,
}

/// A client whose errors are told by who asks: the end of a partition is one of them.
#[derive(Clone)]
pub(crate) struct LagContext(Reporter);

impl ClientContext for LagContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        let level = log::level_of_asker(level, facility);
        self.0.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!("kafka: {error}: {reason}");
    }
}

impl ConsumerContext for LagContext {}

/// What a group has still to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Behind {
    pub(crate) left: Vec<Left>,
    /// The sum of the ends of its partitions: it changes when anything is written.
    pub(crate) ends: i64,
}

/// What a group has still to read of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) stream: String,
    pub(crate) partition: i32,
    /// The first offset that is not read.
    pub(crate) from: i64,
    /// How many offsets that are: the marks of transactions, and what was aborted, have some, too.
    pub(crate) offsets: i64,
}

impl Lag {
    /// A client that asks for the group and the inputs of `config`.
    pub(crate) fn new(endpoint: &Endpoint, config: &Config) -> Result<Self, Error> {
        let mut client = endpoint.admin_config(config);
        // The end is behind everything that is written, also in transactions that are still open.
        client.set("isolation.level", "read_uncommitted");
        let context = LagContext(endpoint.reporter(&client));
        let client = client
            .create_with_context(context.clone())
            .map_err(|error| misconfigured("client", error))?;
        let inputs = SideStreams::of(config).all_inputs(config);
        let streams = inputs
            .iter()
            .map(|(name, _)| name.as_str().to_owned())
            .collect();
        Ok(Self {
            client,
            probe: GapProbe::new(endpoint.admin_config(config), context),
            streams,
            before: Vec::new(),
        })
    }

    /// How far the group is behind now. Where nothing has moved since the last look, it is read whether
    /// there is anything at all.
    ///
    /// # Errors
    /// Kafka does not answer.
    pub(crate) fn ask(&mut self) -> Result<Behind, Error> {
        self.look(|gap, before| before.contains(gap))
    }

    /// The same of a group whose members have stopped.
    ///
    /// # Errors
    /// Kafka does not answer.
    pub(crate) fn ask_at_the_end(&mut self) -> Result<Behind, Error> {
        self.look(|_, _| true)
    }

    fn look(&mut self, stands: impl Fn(&Gap, &[Gap]) -> bool) -> Result<Behind, Error> {
        let unread = |error| {
            Error::new(ErrorKind::Kafka, "the lag of a group cannot be read").caused_by(error)
        };
        let (gaps, ends) = self.gaps().map_err(unread)?;
        let (still, moving): (Vec<Gap>, Vec<Gap>) = gaps
            .iter()
            .cloned()
            .partition(|gap| stands(gap, &self.before));
        let left = self.probe.not_empty(still)?;
        self.before = gaps;
        let left = left.into_iter().chain(moving).map(Gap::left).collect();
        Ok(Behind { left, ends })
    }

    /// What is not committed of each partition, and the sum of their ends.
    fn gaps(&self) -> Result<(Vec<Gap>, i64), KafkaError> {
        let mut wanted = TopicPartitionList::new();
        for stream in &self.streams {
            let metadata = self.client.fetch_metadata(Some(stream), ANSWER_WITHIN)?;
            for topic in metadata.topics() {
                for partition in topic.partitions() {
                    wanted.add_partition(topic.name(), partition.id());
                }
            }
        }
        let committed = self.client.committed_offsets(wanted, ANSWER_WITHIN)?;
        let (mut gaps, mut ends) = (Vec::new(), 0);
        for element in committed.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            let (low, end) = self
                .client
                .fetch_watermarks(topic, partition, ANSWER_WITHIN)?;
            let from = match element.offset() {
                // One past the end is of another stream, which had this name before.
                Offset::Offset(next) if next <= end => next.max(low),
                _ => low,
            };
            ends += end;
            if from < end {
                gaps.push(Gap {
                    stream: topic.to_owned(),
                    partition,
                    from,
                    end,
                });
            }
        }
        Ok((gaps, ends))
    }
}
