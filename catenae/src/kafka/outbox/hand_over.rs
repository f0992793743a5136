//! Exactly-once on the way out: outputs are put aside, and handed over when the function returned.
//!
//! A lock holds the producer. Who hands over reads it; the consumer's thread writes it, to end a
//! transaction (`Halt`): so nothing is handed over while one ends. A lane does not wait for that: it
//! leaves what is complete where it is and goes on, and whoever gets the lock next hands it over.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::producer::ThreadedProducer;

use super::advice::is_hopeless;
use super::halt::Halt;
use super::reports::{Doom, Reports, Settles};
use super::stage::{Parcel, Stage};
use super::{Copy, Outbox, Unsent, Way};
use crate::context::{Receipt, Sender};
use crate::kafka::partitions::Partition;
use crate::link::Outgoing;
use crate::outcome::{Failure, FailureKind};
use crate::tracker::Slot;

/// A producer with transactions, and what waits for it. Who takes two locks takes `producer` first.
pub(super) struct Transactional {
    pub(super) producer: RwLock<ThreadedProducer<Reports>>,
    stage: Mutex<Stage>,
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
}

/// An electron whose function has returned.
pub(crate) struct Ticket<'t> {
    pub(crate) slot: Slot,
    pub(crate) partition: &'t Arc<Partition>,
    pub(crate) generation: u32,
}

impl Transactional {
    pub(super) fn new(producer: ThreadedProducer<Reports>, client: ClientConfig) -> Self {
        Self {
            producer: RwLock::new(producer),
            stage: Mutex::default(),
            left: AtomicBool::new(false),
            client: Mutex::new(client),
            epoch: Instant::now(),
            opened: AtomicU64::new(0),
            electrons: AtomicU64::new(0),
            unrepeatable: AtomicBool::new(false),
        }
    }

    pub(super) fn producer(&self) -> RwLockReadGuard<'_, ThreadedProducer<Reports>> {
        self.producer.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn client(&self) -> MutexGuard<'_, ClientConfig> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.opened.store(0, Ordering::SeqCst);
        self.electrons.store(0, Ordering::SeqCst);
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
            way.stage().discard();
        }
    }

    /// The function of an electron has returned: hands over what it has sent, and settles its part;
    /// soon, when a transaction is just ending. When its partition is somebody else's by then it is
    /// dropped: the electron is handled again there.
    pub(crate) fn hand_over(&self, ticket: &Ticket<'_>) -> Result<(), Failure> {
        let Some(way) = self.transactional() else {
            return Ok(());
        };
        // Not while holding the lock: the consumer's thread would wait for Kafka, too.
        if let Err(failure) = self.wait_for_room() {
            way.stage().discard();
            return Err(failure);
        }
        let full = {
            let mut stage = way.stage();
            stage.close(ticket.slot, ticket.partition, ticket.generation);
            stage.is_full()
        };
        match way.producer.try_read() {
            Ok(producer) => self.give(way, &producer),
            Err(TryLockError::Poisoned(producer)) => self.give(way, &producer.into_inner()),
            Err(TryLockError::WouldBlock) if full => self.give(way, &way.producer()),
            Err(TryLockError::WouldBlock) => {
                way.left.store(true, Ordering::SeqCst);
                // Who held it may have looked for what is left just before.
                if let Ok(producer) = way.producer.try_read() {
                    self.give(way, &producer);
                }
            }
        }
        Ok(())
    }

    /// Hands over what was left because a transaction was just ending. The consumer's thread looks
    /// for it all the time, so that it never waits for the electron behind it.
    pub(crate) fn hand_over_left(&self) {
        if let Some(way) = self.transactional()
            && way.left.load(Ordering::SeqCst)
        {
            self.give(way, &way.producer());
        }
    }

    /// Hands over what `setup` or `finish` has sent.
    pub(crate) fn hand_over_lane(&self) -> Result<(), Failure> {
        let Some(way) = self.transactional() else {
            return Ok(());
        };
        let producer = way.producer();
        self.give(way, &producer);
        let mut stage = way.stage();
        let mut sent = stage.open().peekable();
        if sent.peek().is_some() {
            way.open();
            way.unrepeatable.store(true, Ordering::SeqCst);
        }
        let given = self.give_parcels(&producer, sent, None);
        stage.discard();
        given
    }

    /// Gives everything that is complete to the producer. What it refuses ends the transaction, and
    /// stops the micromodule when it would be refused again.
    pub(super) fn give(&self, way: &Transactional, producer: &ThreadedProducer<Reports>) {
        let ledger = &*self.shared.ledger;
        let mut stage = way.stage();
        way.left.store(false, Ordering::SeqCst);
        if stage.has_none_closed() {
            return;
        }
        for (mark, parcels) in stage.closed() {
            let slot = mark.slot;
            if !mark.partition.may_hand_over(mark.generation) {
                ledger.abandon(slot);
                self.shared.bell.ring();
                continue;
            }
            way.open();
            way.electrons.fetch_add(1, Ordering::Relaxed);
            if !self.must_abort()
                && let Err(failure) = self.give_parcels(producer, parcels, Some(slot))
                && failure.kind() != FailureKind::Stopping
            {
                self.shared.fail(failure, Some(slot));
            }
            // Also when the producer refused something: then the transaction is never committed, and
            // the slot gets free.
            if ledger.settle_one(slot) {
                self.shared.bell.ring_after_exchange();
            }
        }
        stage.drop_closed();
    }

    fn give_parcels<'p>(
        &self,
        producer: &ThreadedProducer<Reports>,
        parcels: impl Iterator<Item = Parcel<'p>>,
        slot: Option<Slot>,
    ) -> Result<(), Failure> {
        let ledger = &*self.shared.ledger;
        let settles = slot.map_or(Settles::Nothing, Settles::Slot);
        for parcel in parcels {
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
            return if hopeless { Err(failure) } else { Ok(()) };
        }
        Ok(())
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
        self.shared.doom.as_ref().is_some_and(Doom::is_doomed)
    }

    /// Stops every hand-over, to end the transaction.
    pub(crate) fn halt(&self) -> Option<Halt<'_>> {
        let way = self.transactional()?;
        let producer = way.producer.write().unwrap_or_else(PoisonError::into_inner);
        Some(Halt::new(self, way, producer))
    }
}
