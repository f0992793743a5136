//! A lane: the thread that runs the user's function, one electron at a time.

mod caught;
mod commit;
mod failed;
mod reopen;
mod source;
mod subject;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use crate::bell::Bell;
use crate::config::Order;
use crate::context::InHand;
use crate::kafka::inbox::{Item, Taken};
use crate::kafka::intake::Intake;
use crate::kafka::outbox::LaneOutlet;
use crate::kafka::partitions::Partition;
use crate::kafka::{Inbox, Outbox};
use crate::link::{Emitter, Outputs, Runner};
use crate::outcome::{Failure, FailureKind};
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, PartitionId};

pub(crate) use caught::caught;
pub(crate) use failed::Failing;
use failed::Next;
pub(crate) use reopen::Open;
pub(crate) use source::run_source;
pub(crate) use subject::Subject;

/// What every lane of a micromodule shares.
pub(crate) struct Shop {
    pub(crate) who: String,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) outputs: Outputs,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) order: Order,
    /// Whether one record is taken at a time, so that a more urgent input never waits for more.
    pub(crate) one_by_one: bool,
}

/// A chunk of records taken at once costs about this much of the lane's time.
const CHUNK_AIM: Duration = Duration::from_millis(20);
const CHUNK_MAX: usize = 512;

/// One lane and what it works with.
pub(crate) struct Lane<'l, 'c> {
    pub(crate) shop: &'l Shop,
    pub(crate) in_hand: Arc<InHand>,
    pub(crate) consumer: &'c BaseConsumer<Intake>,
    pub(crate) inbox: &'l Inbox<'c>,
    pub(crate) known: Vec<Option<Arc<Partition>>>,
    pub(crate) buffer: Vec<u8>,
    /// The state and the function; gone when the state could not be built anew.
    pub(crate) runner: Option<Box<dyn Runner>>,
    /// How the state is built anew; `None` for a link without one.
    pub(crate) open: Option<Open<'l>>,
    pub(crate) failing: Failing,
}

impl<'c> Lane<'_, 'c> {
    /// Handles records until the inbox is closed. Returns what is to be finished.
    pub(crate) fn run(mut self) -> Option<Box<dyn Runner>> {
        let one_by_one = self.shop.one_by_one || self.shop.order == Order::Synchronous;
        let mut max = if one_by_one { 1 } else { 16 };
        let mut hand: Vec<Item<'c>> = Vec::new();
        let mut last: Option<(Taken, f64)> = None;
        // Of the last electron: the next one is usually of the same.
        let mut partition: Option<Arc<Partition>> = None;
        while let Some(taken) = self.inbox.take(max, last.take(), &mut hand) {
            let started = Instant::now();
            for item in hand.drain(..) {
                if partition
                    .as_ref()
                    .is_none_or(|last| last.id != item.partition)
                {
                    partition = self.partition(item.partition);
                }
                if let Some(partition) = &partition {
                    self.handle(&item, partition);
                }
            }
            self.inbox.hand.rest();
            let took = started.elapsed();
            if !one_by_one && took < CHUNK_AIM / 2 {
                max = (max * 2).min(CHUNK_MAX);
            } else if !one_by_one && took > CHUNK_AIM {
                max = (max / 2).max(1);
            }
            last = Some((taken, took.as_secs_f64() * 1e9));
        }
        self.failing.sum_up();
        self.runner
    }

    fn handle(&mut self, item: &Item<'c>, partition: &Arc<Partition>) {
        let subject = Subject::fetched(item, partition);
        self.shop.ledger.start(subject.slot);
        if self.shop.stopper.is_stopping() || subject.is_stale() {
            self.give_back(&subject);
            return;
        }
        self.attempt(&subject);
    }

    /// Tries an electron until it is over.
    fn attempt(&mut self, subject: &Subject<'_>) {
        let mut failed = 0;
        loop {
            self.in_hand.set(Some(subject.slot));
            self.inbox.hand.take(subject.place.id, subject.offset);
            let result = self.step(subject);
            self.in_hand.set(None);
            let Err(failure) = result else {
                self.failing.caps.handled();
                self.settle(subject);
                break;
            };
            failed += 1;
            match self.failed(subject, failed, failure) {
                Next::Over => break,
                Next::Again => self.in_hand.set_attempt(failed + 1),
            }
        }
        if failed > 0 {
            self.in_hand.set_attempt(1);
        }
    }

    /// The handler's part of an electron is done.
    fn settle(&self, subject: &Subject<'_>) {
        // With outputs under way it is their last report that others wait for.
        if self.shop.ledger.settle_one(subject.slot) {
            self.shop.bell.ring_after_exchange();
        }
        if self.shop.order == Order::Synchronous {
            self.inbox.hand.committing(|| self.commit(subject));
        }
    }

    fn step(&mut self, subject: &Subject<'_>) -> Result<(), Failure> {
        let Some(runner) = &mut self.runner else {
            return Err(Self::without_state());
        };
        let mut outlet = LaneOutlet::new(&self.shop.outbox, Some(subject.slot));
        let mut emitter = Emitter::new(&mut outlet, &self.shop.outputs, &mut self.buffer);
        let result = caught(|| runner.step(subject.record(), &mut emitter));
        match self.in_hand.take_failure() {
            // What the function made of a send that met the end of the shutdown is not its own error.
            Some(send) if result.is_ok() || send.kind() == FailureKind::Stopping => Err(send),
            _ => result,
        }
    }

    fn partition(&mut self, id: PartitionId) -> Option<Arc<Partition>> {
        let PartitionId(index) = id;
        let index = index as usize;
        if self.known.len() <= index {
            self.known.resize(index + 1, None);
        }
        if self.known[index].is_none() {
            self.known[index] = self.consumer.context().partitions.get(id);
        }
        self.known[index].clone()
    }
}
