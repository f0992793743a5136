//! Exactly-once on the way out: outputs are put aside, and handed over when the function returned.
//!
//! A lock holds the producer. Who hands over reads it; the consumer's thread writes it, to end a
//! transaction ([`Halt`]): so nothing is handed over while one ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::advice::is_hopeless;
use super::reports::{Doom, Reports, Settles, Shared};
use super::stage::Stage;
use super::{Copy, Outbox, Unsent, Way, flush_client, producer};
use crate::context::{Receipt, Sender};
use crate::error::{Error, ErrorKind};
use crate::kafka::partitions::Partition;
use crate::link::Outgoing;
use crate::outcome::{Failure, FailureKind};
use crate::tracker::Slot;
use crate::transaction::Trouble;

/// One call of a transaction waits no longer, so that a stop is noticed between two of them.
const SLICE: Duration = Duration::from_millis(500);
/// How long the start waits for the coordinator of transactions.
const INIT_WITHIN: Duration = Duration::from_secs(60);

/// A producer with transactions, and what waits for it.
pub(super) struct Transactional {
    producer: RwLock<ThreadedProducer<Reports>>,
    stage: Mutex<Stage>,
    client: ClientConfig,
    epoch: Instant,
    /// When the first hand-over of the transaction was, in microseconds of `epoch`, at least 1; 0
    /// while it is empty.
    opened: AtomicU64,
    /// How many electrons' outputs it has.
    electrons: AtomicU64,
    /// Whether it holds what `setup` or `finish` sent, which nobody sends again.
    unrepeatable: AtomicBool,
}

/// The electron whose outputs are handed over.
pub(crate) struct Ticket<'t> {
    pub(crate) slot: Slot,
    pub(crate) partition: &'t Partition,
    pub(crate) generation: u32,
}

impl Transactional {
    pub(super) fn new(producer: ThreadedProducer<Reports>, client: ClientConfig) -> Self {
        Self {
            producer: RwLock::new(producer),
            stage: Mutex::default(),
            client,
            epoch: Instant::now(),
            opened: AtomicU64::new(0),
            electrons: AtomicU64::new(0),
            unrepeatable: AtomicBool::new(false),
        }
    }

    pub(super) fn producer(&self) -> RwLockReadGuard<'_, ThreadedProducer<Reports>> {
        self.producer.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an output until the function that sends it has returned.
    pub(super) fn put_aside(
        &self,
        outgoing: Outgoing<'_>,
        size: usize,
        sender: Sender,
        receipt: Option<&Arc<Receipt>>,
    ) -> Result<(), Failure> {
        if sender == Sender::Clone {
            let text = "under exactly-once a clone of the context cannot send: the electron would \
                        belong to no input, and so to no transaction; send it from the link's \
                        function, or run the link without `--delivery exactly-once`";
            return Err(Failure::new(FailureKind::Delivery, text));
        }
        self.stage().put(outgoing, size)?;
        if let Some(receipt) = receipt {
            receipt.settle(Ok(()));
        }
        Ok(())
    }

    /// Keeps the copy of an electron that failed until it is handed over as its only output.
    pub(super) fn put_copy_aside(&self, copy: Copy<'_>, size: usize) -> Result<(), Failure> {
        self.stage().put_copy(copy, size)
    }

    /// Something is in the transaction from now on.
    fn open(&self) {
        if self.opened.load(Ordering::Relaxed) == 0 {
            let micros = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.opened.store(micros.max(1), Ordering::SeqCst);
        }
    }

    fn opened(&self) -> Option<Duration> {
        match self.opened.load(Ordering::SeqCst) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }
}

impl Outbox {
    fn transactional(&self) -> Option<&Transactional> {
        match &self.way {
            Way::Transactional(way) => Some(way),
            Way::None | Way::Direct(_) => None,
        }
    }

    /// Forgets what was put aside: the function that sent it has failed.
    pub(crate) fn discard(&self) {
        if let Some(way) = self.transactional() {
            way.stage().clear();
        }
    }

    /// Hands over what the function of an electron has sent, and settles the function's part. When
    /// its partition is somebody else's by now it is dropped: the electron is handled again there.
    pub(crate) fn hand_over(&self, ticket: &Ticket<'_>) -> Result<(), Failure> {
        let Some(way) = self.transactional() else {
            return Ok(());
        };
        // Not while holding the lock: the consumer's thread would wait for Kafka, too.
        if let Err(failure) = self.wait_for_room() {
            way.stage().clear();
            return Err(failure);
        }
        let ledger = &*self.shared.ledger;
        let slot = ticket.slot;
        let producer = way.producer();
        if !ticket.partition.may_hand_over(ticket.generation) {
            way.stage().clear();
            ledger.abandon(slot);
            self.shared.bell.ring();
            return Ok(());
        }
        way.open();
        way.electrons.fetch_add(1, Ordering::SeqCst);
        let given = self.give(way, &producer, Some(slot));
        drop(producer);
        // Not when the producer refused something for good: then the lane gives the electron back.
        if given.is_ok() && ledger.settle_one(slot) {
            self.shared.bell.ring_after_exchange();
        }
        given
    }

    /// Hands over what `setup` or `finish` has sent.
    pub(crate) fn hand_over_lane(&self) -> Result<(), Failure> {
        let Some(way) = self.transactional() else {
            return Ok(());
        };
        if way.stage().is_empty() {
            return Ok(());
        }
        let producer = way.producer();
        way.open();
        way.unrepeatable.store(true, Ordering::SeqCst);
        self.give(way, &producer, None)
    }

    /// Gives the stage to the producer and empties it. What the producer refuses ends the
    /// transaction; it is a failure when it would refuse it again.
    fn give(
        &self,
        way: &Transactional,
        producer: &ThreadedProducer<Reports>,
        slot: Option<Slot>,
    ) -> Result<(), Failure> {
        let ledger = &*self.shared.ledger;
        let settles = slot.map_or(Settles::Nothing, Settles::Slot);
        let mut stage = way.stage();
        let mut result = Ok(());
        for parcel in stage.parcels() {
            if let Some(slot) = slot {
                ledger.add_output(slot);
            }
            let (record, content) = (parcel.record(settles.to_opaque()), parcel.content());
            let Err(refused) = self.push(producer, record, settles, content) else {
                continue;
            };
            // There will be no report for it.
            if let Some(slot) = slot {
                ledger.settle_one(slot);
            }
            let hopeless = match &refused {
                Unsent::Stopping => true,
                Unsent::Kafka(error) => is_hopeless(error.rdkafka_error_code()),
            };
            let failure = refused.into_failure(parcel.stream.as_str());
            self.shared.doom(&failure);
            if hopeless {
                result = Err(failure);
            }
            break;
        }
        stage.clear();
        result
    }

    fn is_doomed(&self) -> bool {
        self.shared.doom.as_ref().is_some_and(Doom::is_doomed)
    }

    /// How long ago something was first handed over to the transaction under way; `None` while it is
    /// empty.
    pub(crate) fn transaction_age(&self) -> Option<Duration> {
        let way = self.transactional()?;
        let opened = way.opened()?;
        Some(way.epoch.elapsed().saturating_sub(opened))
    }

    /// Whether the transaction under way can only be aborted.
    pub(crate) fn must_abort(&self) -> bool {
        self.is_doomed()
    }

    /// Stops every hand-over, to end the transaction.
    pub(crate) fn halt(&self) -> Option<Halt<'_>> {
        let way = self.transactional()?;
        let producer = way.producer.write().unwrap_or_else(PoisonError::into_inner);
        Some(Halt {
            outbox: self,
            way,
            producer,
        })
    }
}

/// While it lives nothing is handed over.
pub(crate) struct Halt<'o> {
    outbox: &'o Outbox,
    way: &'o Transactional,
    producer: RwLockWriteGuard<'o, ThreadedProducer<Reports>>,
}

impl Halt<'_> {
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
        self.way.electrons.load(Ordering::SeqCst)
    }

    /// Why it can only be aborted.
    pub(crate) fn doom(&self) -> Option<String> {
        self.outbox.shared.doom.as_ref().and_then(Doom::why)
    }

    /// Whether it holds what nobody sends again.
    pub(crate) fn is_unrepeatable(&self) -> bool {
        self.way.unrepeatable.load(Ordering::SeqCst)
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

    pub(crate) fn add_offsets(
        &self,
        next: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> KafkaResult<()> {
        self.producer
            .send_offsets_to_transaction(next, group, 2 * SLICE)
    }

    pub(crate) fn commit(&self) -> KafkaResult<()> {
        self.producer.commit_transaction(SLICE)
    }

    pub(crate) fn abort(&self) -> KafkaResult<()> {
        self.producer.abort_transaction(SLICE)
    }

    pub(crate) fn init(&self) -> KafkaResult<()> {
        self.producer.init_transactions(SLICE)
    }

    /// Begins an empty transaction.
    pub(crate) fn begin(&self) -> KafkaResult<()> {
        if let Some(doom) = &self.outbox.shared.doom {
            doom.lift();
        }
        self.way.unrepeatable.store(false, Ordering::SeqCst);
        self.way.opened.store(0, Ordering::SeqCst);
        self.way.electrons.store(0, Ordering::SeqCst);
        self.producer.begin_transaction()
    }

    /// Throws the producer away, with everything that it still has, and makes a new one.
    pub(crate) fn replace(&mut self) -> Result<(), Error> {
        let shared = &self.outbox.shared;
        let fresh = producer(&self.way.client, shared)?;
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
