//! Exactly-once on the way out: outputs are put aside, and handed over when the function returned.
//!
//! A lock holds the producer. Who hands over reads it; the consumer's thread writes it, to end a
//! transaction (`CommitGuard`): so nothing is handed over while one ends. A lane does not wait for that: it
//! leaves what is complete where it is and goes on, and whoever gets the lock next hands it over.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;

use super::meaning::{DeliveryMeaning, meaning};
use super::refusals::Certainty;
use super::reports::Settles;
use super::{Outbox, OutputMode, OutputProducer, Unsent};
use crate::assignment::partitions::Partition;
use crate::context::{Receipt, SentBy};
use crate::emit::Outgoing;
use crate::kafka::producer::abort_reason::AbortReason;
use crate::kafka::producer::copies::ForwardCopy;
use crate::kafka::producer::guard::CommitGuard;
use crate::kafka::producer::staged::{StagedOutputs, StagedRecord};
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;

/// A producer with transactions, and what waits for it. Who takes two locks takes `producer` first.
pub(super) struct Transactional {
    pub(super) producer: RwLock<OutputProducer>,
    stage: Mutex<StagedOutputs>,
    /// Whether something complete was left on the stage.
    left: AtomicBool,
    /// What the next producer is made of.
    client: Mutex<ClientConfig>,
    pub(super) epoch: Instant,
    /// When the first hand-over of the transaction was, in microseconds of `epoch`, at least 1; 0
    /// while it is empty.
    opened: AtomicU64,
    /// How many electrons' outputs it has.
    electrons: AtomicU64,
    /// Whether it holds what `setup`, `finish` or a method sent, which nobody sends again.
    unrepeatable: AtomicBool,
    /// Whether it shall be committed before its time.
    soon: AtomicBool,
}

/// An electron whose function has returned.
pub(crate) struct CompletedInput<'t> {
    pub(crate) slot: Slot,
    pub(crate) partition: &'t Arc<Partition>,
    pub(crate) generation: u32,
}

impl Transactional {
    pub(super) fn new(producer: OutputProducer, client: ClientConfig) -> Self {
        Self {
            producer: RwLock::new(producer),
            stage: Mutex::default(),
            left: AtomicBool::new(false),
            client: Mutex::new(client),
            epoch: Instant::now(),
            opened: AtomicU64::new(0),
            electrons: AtomicU64::new(0),
            unrepeatable: AtomicBool::new(false),
            soon: AtomicBool::new(false),
        }
    }

    pub(super) fn producer(&self) -> RwLockReadGuard<'_, OutputProducer> {
        self.producer.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn client(&self) -> MutexGuard<'_, ClientConfig> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stage(&self) -> MutexGuard<'_, StagedOutputs> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an output until the function that sends it has returned.
    pub(super) fn put_aside(
        &self,
        outgoing: Outgoing<'_>,
        size: usize,
        sender: SentBy,
        receipt: Option<&Arc<Receipt>>,
    ) -> Result<(), Failure> {
        if sender == SentBy::Clone {
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
    pub(super) fn put_copy_aside(&self, copy: ForwardCopy<'_>) -> Result<(), Failure> {
        self.stage().put_copy(copy)
    }

    /// Something is in the transaction from now on.
    fn open(&self) {
        if self.opened.load(Ordering::Relaxed) == 0 {
            let micros = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.opened.store(micros.max(1), Ordering::SeqCst);
        }
    }

    pub(super) fn opened(&self) -> Option<Duration> {
        match self.opened.load(Ordering::SeqCst) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    pub(super) fn electrons(&self) -> u64 {
        self.electrons.load(Ordering::SeqCst)
    }

    pub(super) fn is_unrepeatable(&self) -> bool {
        self.unrepeatable.load(Ordering::SeqCst)
    }

    /// A new transaction begins.
    pub(super) fn reset(&self) {
        self.unrepeatable.store(false, Ordering::SeqCst);
        self.soon.store(false, Ordering::SeqCst);
        self.opened.store(0, Ordering::SeqCst);
        self.electrons.store(0, Ordering::SeqCst);
    }
}

/// The transaction under way, on the producer's side.
pub(super) struct OpenTransaction<'o> {
    outbox: &'o Outbox,
    mode: &'o Transactional,
}

impl<'o> OpenTransaction<'o> {
    pub(super) fn of(outbox: &'o Outbox, mode: &'o Transactional) -> Self {
        Self { outbox, mode }
    }

    fn hand_over(&self, completed: &CompletedInput<'_>) -> Result<(), Failure> {
        let mode = self.mode;
        // Not while holding the lock: the consumer's thread would wait for Kafka, too.
        if let Err(failure) = self.outbox.shared.wait_for_room(self.outbox.patience) {
            mode.stage().discard();
            return Err(failure);
        }
        let full = {
            let mut stage = mode.stage();
            stage.close(completed.slot, completed.partition, completed.generation);
            stage.is_full()
        };
        match mode.producer.try_read() {
            Ok(producer) => self.give(&producer),
            Err(TryLockError::Poisoned(producer)) => self.give(&producer.into_inner()),
            Err(TryLockError::WouldBlock) if full => self.give(&mode.producer()),
            Err(TryLockError::WouldBlock) => {
                mode.left.store(true, Ordering::SeqCst);
                // Who held it may have looked for what is left just before.
                if let Ok(producer) = mode.producer.try_read() {
                    self.give(&producer);
                }
            }
        }
        Ok(())
    }

    fn hand_over_left(&self) {
        if self.mode.left.load(Ordering::SeqCst) {
            self.give(&self.mode.producer());
        }
    }

    fn hand_over_lane(&self) -> Result<(), Failure> {
        let mode = self.mode;
        let producer = mode.producer();
        self.give(&producer);
        let mut stage = mode.stage();
        let mut sent = stage.open().peekable();
        if sent.peek().is_some() {
            mode.open();
            mode.unrepeatable.store(true, Ordering::SeqCst);
        }
        let given = self.give_parcels(&producer, sent, None);
        stage.discard();
        given
    }

    /// Gives everything that is complete to the producer. What it refuses ends the transaction, and is
    /// a failure of its electron when that is read again.
    pub(super) fn give(&self, producer: &OutputProducer) {
        let mode = self.mode;
        let counters = &*self.outbox.shared.counters;
        let mut stage = mode.stage();
        mode.left.store(false, Ordering::SeqCst);
        if stage.has_none_closed() {
            return;
        }
        for (mark, parcels) in stage.closed() {
            let slot = mark.slot;
            if !mark.partition.may_hand_over(mark.generation) {
                counters.abandon(slot);
                self.outbox.shared.instance.bell().ring();
                continue;
            }
            mode.open();
            mode.electrons.fetch_add(1, Ordering::Relaxed);
            if !self.outbox.must_abort()
                && let Err(failure) = self.give_parcels(producer, parcels, Some(slot))
                && failure.kind() != FailureKind::Stopping
            {
                self.outbox.shared.fail(failure, Some(slot));
            }
            // Also when the producer refused something: then the transaction is never committed, and
            // the slot gets free.
            if counters.settle_one(slot) {
                self.outbox.shared.instance.bell().ring_after_exchange();
            }
        }
        stage.drop_closed();
    }

    fn give_parcels<'p>(
        &self,
        producer: &OutputProducer,
        parcels: impl Iterator<Item = StagedRecord<'p>>,
        slot: Option<Slot>,
    ) -> Result<(), Failure> {
        let counters = &*self.outbox.shared.counters;
        for parcel in parcels {
            let settles = match slot {
                Some(slot) if parcel.is_copy() => Settles::Copy(slot),
                Some(slot) => Settles::Slot(slot),
                None => Settles::Nothing,
            };
            if let Some(slot) = slot {
                counters.add_output(slot);
            }
            let (record, content) = (parcel.record(settles.to_opaque()), parcel.content());
            let Err(refused) = self.outbox.push(producer, record, settles, content) else {
                continue;
            };
            // There will be no report for it.
            if let Some(slot) = slot {
                counters.settle_one(slot);
            }
            let code = match &refused {
                Unsent::Stopping => None,
                Unsent::Kafka(error) => error.rdkafka_error_code(),
            };
            let stops =
                matches!(refused, Unsent::Stopping) || meaning(code) == DeliveryMeaning::Client;
            let failure = refused.into_failure(parcel.stream.as_str());
            self.outbox.shared.strike_transaction(&failure);
            return match slot {
                Some(slot) if failure.kind() == FailureKind::Refused => {
                    // The dead letter of a dead letter would be refused, too.
                    let kind = match settles {
                        Settles::Copy(_) => FailureKind::Delivery,
                        _ => FailureKind::Refused,
                    };
                    let failure = Failure::new(kind, failure.cause());
                    self.outbox
                        .shared
                        .refusals
                        .note_void(slot, Certainty::Surely(failure));
                    Ok(())
                }
                None if failure.kind() == FailureKind::Refused => Err(failure),
                _ if stops => Err(failure),
                _ => Ok(()),
            };
        }
        Ok(())
    }
}

impl Outbox {
    fn transactional(&self) -> Option<&Transactional> {
        match &self.mode {
            OutputMode::Transactional(mode) => Some(mode),
            OutputMode::None | OutputMode::Direct(_) => None,
        }
    }

    /// The transaction under way, where there are any.
    fn transaction(&self) -> Option<OpenTransaction<'_>> {
        let mode = self.transactional()?;
        Some(OpenTransaction::of(self, mode))
    }

    /// The function of an electron has returned: hands over what it has sent, and settles its part;
    /// soon, when a transaction is just ending. When its partition is somebody else's by then it is
    /// dropped: the electron is handled again there.
    pub(crate) fn hand_over(&self, completed: &CompletedInput<'_>) -> Result<(), Failure> {
        let transaction = self.transaction();
        transaction.map_or(Ok(()), |open| open.hand_over(completed))
    }

    /// Hands over what was left because a transaction was just ending. The consumer's thread looks
    /// for it all the time, so that it never waits for the electron behind it.
    pub(crate) fn hand_over_left(&self) {
        if let Some(open) = self.transaction() {
            open.hand_over_left();
        }
    }

    /// Hands over what `setup` or `finish` has sent.
    pub(crate) fn hand_over_lane(&self) -> Result<(), Failure> {
        let transaction = self.transaction();
        transaction.map_or(Ok(()), |open| open.hand_over_lane())
    }

    /// Forgets what was put aside: the function that sent it has failed.
    pub(crate) fn discard(&self) {
        if let Some(mode) = self.transactional() {
            mode.stage().discard();
        }
    }

    /// How long ago something was first handed over to the transaction under way; `None` while it is
    /// empty.
    pub(crate) fn transaction_age(&self) -> Option<Duration> {
        let mode = self.transactional()?;
        let opened = mode.opened()?;
        Some(mode.epoch.elapsed().saturating_sub(opened))
    }

    /// Whether the transaction under way is empty, and nothing waits to get into it.
    pub(crate) fn is_between_transactions(&self) -> bool {
        let empty = |mode: &Transactional| {
            !mode.left.load(Ordering::SeqCst) && mode.opened().is_none() && !self.must_abort()
        };
        self.transactional().is_none_or(empty)
    }

    /// Wants the transaction under way to end soon: what was refused in the last one is behind it then.
    pub(crate) fn commit_soon(&self) {
        if let Some(mode) = self.transactional() {
            mode.soon.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the transaction under way is to end before its time.
    pub(crate) fn is_wanted_soon(&self) -> bool {
        let soon = |mode: &Transactional| mode.soon.load(Ordering::SeqCst);
        self.transactional().is_some_and(soon)
    }

    /// Whether the transaction under way can only be aborted.
    pub(crate) fn must_abort(&self) -> bool {
        self.shared
            .abort_reason
            .as_ref()
            .is_some_and(AbortReason::is_doomed)
    }

    /// Stops every hand-over, to end the transaction.
    pub(crate) fn guard(&self) -> Option<CommitGuard<'_>> {
        let mode = self.transactional()?;
        let producer = mode
            .producer
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Some(CommitGuard::new(self, mode, producer))
    }
}
