//! How far a group is behind: what its streams hold less what it has committed.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::endpoint::misconfigured;
use crate::kafka::{Endpoint, SideStreams};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Asks how far the group of one link is behind, without being its member.
pub(crate) struct Lag {
    client: BaseConsumer,
    streams: Vec<String>,
}

/// What a group has still to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Behind {
    /// Electrons on its input streams that it has not committed.
    pub(crate) electrons: i64,
    /// The sum of the ends of its partitions: it changes when anything is written.
    pub(crate) ends: i64,
}

impl Lag {
    /// A client that asks for the group and the inputs of `config`.
    pub(crate) fn new(endpoint: &Endpoint, config: &Config) -> Result<Self, Error> {
        let client = endpoint.admin_config(config);
        let client = client
            .create()
            .map_err(|error| misconfigured("client", error))?;
        let inputs = SideStreams::of(config).all_inputs(config);
        let streams = inputs
            .iter()
            .map(|(name, _)| name.as_str().to_owned())
            .collect();
        Ok(Self { client, streams })
    }

    /// How far the group is behind now.
    pub(crate) fn ask(&self) -> Result<Behind, Error> {
        self.look().map_err(|error| {
            Error::new(ErrorKind::Kafka, "the lag of a group cannot be read").caused_by(error)
        })
    }

    fn look(&self) -> Result<Behind, KafkaError> {
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
        let mut behind = Behind::default();
        for element in committed.elements() {
            let (low, high) = self.client.fetch_watermarks(
                element.topic(),
                element.partition(),
                ANSWER_WITHIN,
            )?;
            let next = match element.offset() {
                Offset::Offset(next) => next.max(low),
                _ => low,
            };
            behind.electrons += (high - next).max(0);
            behind.ends += high;
        }
        Ok(behind)
    }
}
