//! The end of a transaction on the producer's side: while it is under way nothing is handed over.

use std::sync::RwLockWriteGuard;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::bounded::bounded;
use super::hand_over::Transactional;
use super::reports::{Doom, Reports, Shared};
use super::{Outbox, flush_client, producer};
use crate::error::{Error, ErrorKind};
use crate::kafka::settings;
use crate::transaction::{Id, Trouble};

/// One call of a transaction waits no longer, so that a stop is noticed between two of them.
const SLICE: Duration = Duration::from_millis(500);
/// So much longer than it was told a call may take before it is given up.
const RETURNS_WITHIN: Duration = Duration::from_secs(7);
/// How long the start waits for the coordinator of transactions.
const INIT_WITHIN: Duration = Duration::from_secs(60);

/// While it lives nothing is handed over.
pub(crate) struct Halt<'o> {
    outbox: &'o Outbox,
    way: &'o Transactional,
    producer: RwLockWriteGuard<'o, ThreadedProducer<Reports>>,
}

impl<'o> Halt<'o> {
    pub(super) fn new(
        outbox: &'o Outbox,
        way: &'o Transactional,
        producer: RwLockWriteGuard<'o, ThreadedProducer<Reports>>,
    ) -> Self {
        Self {
            outbox,
            way,
            producer,
        }
    }

    /// Hands over what is complete and was left, because this was about to come.
    pub(crate) fn give_left(&self) {
        self.outbox.give(self.way, &self.producer);
    }

    /// The time since some start, for whoever decides.
    pub(crate) fn now(&self) -> Duration {
        self.way.epoch.elapsed()
    }

    /// When something was first handed over.
    pub(crate) fn opened(&self) -> Option<Duration> {
        self.way.opened()
    }

    /// How many electrons' outputs it has.
    pub(crate) fn electrons(&self) -> u64 {
        self.way.electrons()
    }

    /// Why it can only be aborted.
    pub(crate) fn doom(&self) -> Option<String> {
        self.outbox.shared.doom.as_ref().and_then(Doom::why)
    }

    /// Whether it holds what nobody sends again.
    pub(crate) fn is_unrepeatable(&self) -> bool {
        self.way.is_unrepeatable()
    }

    /// Waits for every delivery report, at most `limit`; returns how many are missing.
    pub(crate) fn flush(&self, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        let missing = self.outbox.flush_producer(&self.producer, limit);
        if missing == 0 {
            // The last report is counted while the client still holds its message. Else the commit
            // would find that and wait for a whole slice of rdkafka's flush.
            flush_client(&self.producer, deadline);
        }
        missing
    }

    /// Adds the offsets. The client does not keep to `limit` here: when the coordinator of the group
    /// dies, and Kafka no longer lists its broker, the call may never return
    /// (confluentinc/librdkafka#5456 and #5511). Then it fails with an error without marks, and the
    /// producer has to be replaced; the old one is left to that call.
    pub(crate) fn add_offsets(
        &self,
        next: &TopicPartitionList,
        group: ConsumerGroupMetadata,
        limit: Duration,
    ) -> KafkaResult<()> {
        let (producer, next) = (ThreadedProducer::clone(&self.producer), next.clone());
        let call = move || producer.send_offsets_to_transaction(&next, &group, limit);
        let stopper = &self.outbox.shared.stopper;
        match bounded(limit + RETURNS_WITHIN, || stopper.is_stopping(), call) {
            Ok(Some(result)) => result,
            Ok(None) => {
                tracing::warn!(
                    "kafka: the client does not return from a call: the producer is left to it"
                );
                Err(KafkaError::Global(RDKafkaErrorCode::OperationTimedOut))
            }
            Err(error) => {
                tracing::error!("kafka: no thread can be started: {error}");
                Err(KafkaError::Global(RDKafkaErrorCode::CriticalSystemResource))
            }
        }
    }

    pub(crate) fn commit(&self, limit: Duration) -> KafkaResult<()> {
        self.producer.commit_transaction(limit)
    }

    pub(crate) fn abort(&self, limit: Duration) -> KafkaResult<()> {
        self.producer.abort_transaction(limit)
    }

    pub(crate) fn init(&self, limit: Duration) -> KafkaResult<()> {
        self.producer.init_transactions(limit)
    }

    /// Begins an empty transaction.
    pub(crate) fn begin(&self) -> KafkaResult<()> {
        if let Some(doom) = &self.outbox.shared.doom {
            doom.lift();
        }
        self.way.reset();
        self.producer.begin_transaction()
    }

    /// Throws the producer away, with everything that it still has, and makes a new one.
    pub(crate) fn replace(&mut self, id: Id) -> Result<(), Error> {
        let shared = &self.outbox.shared;
        let client = &mut self.way.client();
        if id == Id::Fresh {
            settings::renew_transactional_id(client)?;
        }
        let fresh = producer(client, shared)?;
        // Dropping purges it: the reports of all that it had come in on the way.
        drop(std::mem::replace(&mut *self.producer, fresh));
        let electrons = || shared.electrons.load(Ordering::Acquire);
        if shared.bell.wait(SLICE, || electrons() == 0) {
            return Ok(());
        }
        let context = format!(
            "{}: {} delivery reports of a producer that was thrown away are missing",
            shared.who,
            electrons()
        );
        Err(Error::new(ErrorKind::Kafka, context))
    }
}

/// Makes a producer known to Kafka, which ends what a former instance of the same id left open.
pub(super) fn initialize(
    producer: &ThreadedProducer<Reports>,
    shared: &Shared,
) -> Result<(), Error> {
    let deadline = Instant::now() + INIT_WITHIN;
    let result = loop {
        if shared.stopper.is_stopping() {
            return Ok(());
        }
        match producer.init_transactions(SLICE) {
            Ok(()) => break producer.begin_transaction(),
            Err(error) if trouble(&error).retriable && Instant::now() < deadline => {
                tracing::debug!("kafka: transactions are not ready yet: {error}");
            }
            Err(error) => break Err(error),
        }
    };
    result.map_err(|error| {
        let context = format!(
            "{}: Kafka gave no transactions within {} s, which `--delivery exactly-once` needs. Is \
             the topic `__transaction_state` healthy, and may this user write to the \
             transactional id?",
            shared.who,
            INIT_WITHIN.as_secs()
        );
        Error::new(ErrorKind::Kafka, context).caused_by(error)
    })
}

/// What the client marks an error with.
pub(crate) fn trouble(error: &KafkaError) -> Trouble {
    let code = error.rdkafka_error_code();
    let fenced = matches!(
        code,
        Some(
            RDKafkaErrorCode::Fenced
                | RDKafkaErrorCode::ProducerFenced
                | RDKafkaErrorCode::InvalidProducerEpoch
        )
    );
    match error {
        KafkaError::Transaction(error) => Trouble {
            fenced,
            fatal: error.is_fatal(),
            abortable: error.txn_requires_abort(),
            retriable: error.is_retriable(),
        },
        // A commit first flushes: it may be called again.
        KafkaError::Flush(_) => Trouble {
            fenced,
            retriable: true,
            ..Trouble::default()
        },
        _ => Trouble {
            fenced,
            ..Trouble::default()
        },
    }
}
