//! What a user may not do on the broker: which stream, which group, and the operation to allow.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::StreamAdmin;
use crate::error::{Error, ErrorKind};
use crate::kafka::Reporter;
use crate::stream::StreamName;

/// How long a stream may take to show that it can be read.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);

impl StreamAdmin {
    /// The error of a consumer that may not join its group.
    pub(crate) fn group_forbidden(&self) -> Error {
        let (who, group) = (self.reporter.who(), &self.group);
        let context = format!(
            "{who} may not join the group `{group}`: allow READ on group `{group}`, or give another group \
             with `-g`"
        );
        Error::new(ErrorKind::Kafka, context).caused_by(Code::GroupAuthorizationFailed.to_string())
    }

    /// The error of a consumer that may not read one of its inputs; the client does not say which.
    pub(crate) fn inputs_forbidden(&self, inputs: &[StreamName]) -> Error {
        let found = inputs.iter().filter(|input| !self.may_read(input));
        let found: Vec<&StreamName> = match inputs {
            [only] => vec![only],
            _ => found.collect(),
        };
        let (found, one_of) = match found.is_empty() {
            true => (inputs.iter().collect(), "one of the streams "),
            false => (found, "stream "),
        };
        let names: Vec<String> = found.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        let context = format!(
            "{} may not read {one_of}{names}: allow READ and DESCRIBE on topic {names}",
            self.reporter.who()
        );
        Error::new(ErrorKind::Kafka, context).caused_by(Code::TopicAuthorizationFailed.to_string())
    }

    /// Whether this user may read a stream; yes when it cannot be told.
    fn may_read(&self, stream: &StreamName) -> bool {
        let mut client = self.config.clone();
        client.set("enable.partition.eof", "true");
        let created = client.create_with_context(self.reporter.discreet());
        let Ok(consumer): KafkaResult<BaseConsumer<Reporter>> = created else {
            return true;
        };
        let mut end = TopicPartitionList::new();
        let added = end.add_partition_offset(stream.as_str(), 0, Offset::End);
        if added.is_err() || consumer.assign(&end).is_err() {
            return true;
        }
        let deadline = Instant::now() + SHOWN_WITHIN;
        while Instant::now() < deadline {
            match consumer.poll(SHOWN_WITHIN / 20) {
                Some(Err(error)) => match error.rdkafka_error_code() {
                    Some(Code::TopicAuthorizationFailed) => return false,
                    Some(Code::PartitionEOF) => return true,
                    _ => {}
                },
                Some(Ok(_)) => return true,
                None => {}
            }
        }
        true
    }
}
