//! The way out of calls: a producer that does not linger, and what becomes of what it cannot deliver.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};

use crate::config::Config;
use crate::error::Error;
use crate::kafka::client::endpoint::misconfigured;
use crate::kafka::client::record::RawHeaders;
use crate::kafka::client::settings;
use crate::kafka::{Endpoint, Reporter};
use crate::rpc::core::error::CallErrorKind;

/// How often it is looked whether everything is delivered.
const LOOK: Duration = Duration::from_millis(2);

/// What became of a message that was not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageFate {
    /// It is in no stream.
    Refused(CallErrorKind),
    /// The broker may have it: its request may have run.
    Unknown,
}

/// What could not be delivered, and why.
#[derive(Debug)]
pub(crate) struct Undelivered {
    pub(crate) stream: String,
    pub(crate) partition: i32,
    /// What was sent; it says what it was.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) fate: MessageFate,
    pub(crate) why: String,
}

/// Takes the reports of what was not delivered, on the thread that looks for them.
struct UndeliveredReports {
    reporter: Reporter,
    undelivered: Arc<Mutex<Vec<Undelivered>>>,
}

impl ClientContext for UndeliveredReports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.reporter.log(level, facility, text);
    }

    fn error(&self, _: KafkaError, reason: &str) {
        // The other clients of the micromodule say it loudly: the same broker, the same moment.
        tracing::debug!("kafka: calls: {reason}");
    }
}

impl ProducerContext for UndeliveredReports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let Err((error, message)) = result else {
            return;
        };
        let stream = message.topic().to_owned();
        let undelivered = Undelivered {
            why: format!("stream `{stream}`: {error}"),
            stream,
            partition: message.partition(),
            bytes: message.payload().map(<[u8]>::to_vec),
            fate: fate_of(error),
        };
        let mut all = self
            .undelivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(undelivered);
    }
}

/// What is known of a message that has no good report.
fn fate_of(error: &KafkaError) -> MessageFate {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize) => {
            MessageFate::Refused(CallErrorKind::TooLarge)
        }
        Some(RDKafkaErrorCode::QueueFull) => MessageFate::Refused(CallErrorKind::Busy),
        Some(
            RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::InvalidTopic
            | RDKafkaErrorCode::TopicAuthorizationFailed,
        ) => MessageFate::Refused(CallErrorKind::Unsent),
        _ => MessageFate::Unknown,
    }
}

/// The producer of calls. It has no thread of its own: reports are rare, and a thread that waits for them with
/// rdkafka's `ThreadedProducer` spins for a hundredth of the time.
pub(crate) struct CallProducer {
    producer: BaseProducer<UndeliveredReports>,
    undelivered: Arc<Mutex<Vec<Undelivered>>>,
}

impl CallProducer {
    /// Starts it.
    pub(crate) fn start(endpoint: &Endpoint, config: &Config) -> Result<Self, Error> {
        let undelivered = Arc::<Mutex<Vec<Undelivered>>>::default();
        let client = settings::call_producer(endpoint, config);
        let reports = UndeliveredReports {
            reporter: endpoint.reporter(&client),
            undelivered: Arc::clone(&undelivered),
        };
        let producer =
            rdkafka::config::FromClientConfigAndContext::from_config_and_context(&client, reports)
                .map_err(|error| misconfigured("producer of calls", error))?;
        Ok(Self {
            producer,
            undelivered,
        })
    }

    /// Hands a message to the client; it never waits.
    ///
    /// # Errors
    /// Why the client did not take it.
    pub(crate) fn send(
        &self,
        stream: &str,
        partition: Option<i32>,
        key: &str,
        value: Option<&[u8]>,
    ) -> Result<(), Undelivered> {
        self.send_with(stream, partition, key, value, None)
    }

    /// The same with headers.
    pub(crate) fn send_with(
        &self,
        stream: &str,
        partition: Option<i32>,
        key: &str,
        value: Option<&[u8]>,
        headers: Option<RawHeaders>,
    ) -> Result<(), Undelivered> {
        let mut record = BaseRecord::to(stream).key(key);
        record.partition = partition;
        record.payload = value;
        record.headers = headers.map(|headers| headers.0);
        let Err((error, _)) = self.producer.send(record) else {
            return Ok(());
        };
        Err(Undelivered {
            stream: stream.to_owned(),
            partition: partition.unwrap_or(-1),
            bytes: value.map(<[u8]>::to_vec),
            fate: match fate_of(&error) {
                // The client never had it.
                MessageFate::Unknown => MessageFate::Refused(CallErrorKind::Unsent),
                refused => refused,
            },
            why: format!("stream `{stream}`: {error}"),
        })
    }

    /// Takes what could not be delivered since the last look.
    pub(crate) fn undelivered(&self) -> Vec<Undelivered> {
        self.producer.poll(Duration::ZERO);
        let mut all = self
            .undelivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all)
    }

    /// Waits until everything is delivered, at most `limit`. rdkafka's `flush` takes a tenth of a second
    /// also when there is little. What is left is repeated by nobody: the callers' deadlines tell them.
    pub(crate) fn settle(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.producer.in_flight_count() > 0 && Instant::now() < end {
            self.producer.poll(Duration::ZERO);
            thread::sleep(LOOK);
        }
    }
}
