//! The end of a transaction on the producer's side: while it is under way nothing is handed over.

use std::sync::RwLockWriteGuard;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::flush::flush_client;
use super::hand_over::{OpenTransaction, Transactional};
use super::reports::{DeliveryReports, ProducerShared, SendMode};
use super::{Outbox, OutputProducer, producer};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::bounded::bounded;
use crate::kafka::client::settings;
use crate::kafka::producer::abort_reason::AbortReason;
use crate::settle::transaction::{TransactionalId, Trouble};

/// One call of a transaction waits no longer, so that a stop is noticed between two of them.
const SLICE: Duration = Duration::from_millis(500);
/// So much longer than it was told a call may take before it is given up.
const RETURNS_WITHIN: Duration = Duration::from_secs(7);
/// How long the start waits for the coordinator of transactions.
const INIT_WITHIN: Duration = Duration::from_secs(60);

/// While it lives nothing is handed over.
pub(crate) struct CommitGuard<'o> {
    outbox: &'o Outbox,
    mode: &'o Transactional,
    producer: RwLockWriteGuard<'o, OutputProducer>,
}

impl<'o> CommitGuard<'o> {
    pub(super) fn new(
        outbox: &'o Outbox,
        mode: &'o Transactional,
        producer: RwLockWriteGuard<'o, OutputProducer>,
    ) -> Self {
        Self {
            outbox,
            mode,
            producer,
        }
    }

    /// Hands over what is complete and was left, because this was about to come.
    pub(crate) fn give_left(&self) {
        OpenTransaction::of(self.outbox, self.mode).give(&self.producer);
    }

    /// The time since some start, for whoever decides.
    pub(crate) fn now(&self) -> Duration {
        self.mode.epoch.elapsed()
    }

    /// When something was first handed over.
    pub(crate) fn opened(&self) -> Option<Duration> {
        self.mode.opened()
    }

    /// How many electrons' outputs it has.
    pub(crate) fn electrons(&self) -> u64 {
        self.mode.electrons()
    }

    /// Why it can only be aborted.
    pub(crate) fn abort_reason(&self) -> Option<String> {
        self.outbox
            .shared
            .abort_reason
            .as_ref()
            .and_then(AbortReason::why)
    }

    /// Whether it holds what nobody sends again.
    pub(crate) fn is_unrepeatable(&self) -> bool {
        self.mode.is_unrepeatable()
    }

    /// Waits for every delivery report, at most `limit`; returns how many are missing.
    pub(crate) fn flush(&self, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        let missing = self.outbox.shared.flush(&self.producer, limit);
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
        let (producer, next) = (ThreadedProducer::clone(&**self.producer), next.clone());
        let call = move || producer.send_offsets_to_transaction(&next, &group, limit);
        let instance = &self.outbox.shared.instance;
        match bounded(limit + RETURNS_WITHIN, || instance.is_stopping(), call) {
            Ok(Some(result)) => result,
            Ok(None) => {
                tracing::warn!(
                    "kafka: a call into the client does not return: the producer is abandoned to \
                     that call"
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
        if let Some(abort_reason) = &self.outbox.shared.abort_reason {
            abort_reason.lift();
        }
        self.mode.reset();
        self.producer.begin_transaction()
    }

    /// Throws the producer away, with everything that it still has, and makes a new one.
    pub(crate) fn replace(&mut self, id: TransactionalId) -> Result<(), Error> {
        let shared = &self.outbox.shared;
        let client = &mut self.mode.client();
        if id == TransactionalId::Fresh {
            settings::renew_transactional_id(client)?;
        }
        let fresh = producer(client, DeliveryReports::new(shared, SendMode::InBatches))?;
        // Dropping purges it: the reports of all that it had come in on the way.
        drop(std::mem::replace(&mut *self.producer, fresh));
        let electrons = || shared.sent.electrons();
        if shared.instance.bell().wait(SLICE, || electrons() == 0) {
            return Ok(());
        }
        let context = format!(
            "{}: {} delivery reports of a producer that was thrown away are missing",
            shared.instance.who(),
            electrons()
        );
        Err(Error::new(ErrorKind::Kafka, context))
    }
}

/// Makes a producer known to Kafka, which ends what a former instance of the same id left open.
pub(super) fn initialize(
    producer: &OutputProducer,
    config: &Config,
    shared: &ProducerShared,
) -> Result<(), Error> {
    let begun = Instant::now();
    let deadline = begun + INIT_WITHIN;
    let result = loop {
        if shared.instance.is_stopping() {
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
        let context = no_transactions(error.rdkafka_error_code(), config, begun.elapsed(), shared);
        Error::new(ErrorKind::Kafka, context).caused_by(error)
    })
}

/// Why a producer gets no transactions, and what to do.
fn no_transactions(
    code: Option<RDKafkaErrorCode>,
    config: &Config,
    after: Duration,
    shared: &ProducerShared,
) -> String {
    let id = settings::transactional_id(config);
    let needs = "`--delivery exactly-once` needs";
    let who = shared.reporter.who();
    match code {
        Some(RDKafkaErrorCode::TransactionalIdAuthorizationFailed) => format!(
            "{who} may not use the transactional id `{id}`, which {needs}: allow WRITE and DESCRIBE on \
             transactional ids that begin with `{}`",
            settings::transactional_prefix(config)
        ),
        Some(RDKafkaErrorCode::ClusterAuthorizationFailed) => format!(
            "{who} may not write idempotently, which {needs}: allow IDEMPOTENT_WRITE on the cluster, or \
             WRITE on the output streams"
        ),
        _ => format!(
            "Kafka did not set up the transactional id `{id}`, which {needs}, within {} s. Are \
             the brokers that host `__transaction_state` healthy?",
            after.as_secs()
        ),
    }
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
