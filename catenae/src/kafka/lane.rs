//! A lane: the thread that runs the user's function, one electron at a time.

mod caught;
mod commit;
mod failed;
mod first;
mod source;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;

use crate::bell::Bell;
use crate::codec::Limits;
use crate::config::{Delivery, Order};
use crate::context::InHand;
use crate::error::Error;
use crate::kafka::headers::MessageHeaders;
use crate::kafka::inbox::{Item, Taken};
use crate::kafka::intake::Intake;
use crate::kafka::outbox::{LaneOutlet, Ticket};
use crate::kafka::partitions::Partition;
use crate::kafka::{Inbox, Outbox};
use crate::link::{Emitter, Outputs, Runner};
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, PartitionId};

pub(crate) use caught::caught;
pub(crate) use first::Committed;
pub(crate) use source::run_source;

/// What every lane of a micromodule shares.
pub(crate) struct Shop {
    pub(crate) who: String,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) outputs: Outputs,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) order: Order,
    pub(crate) delivery: Delivery,
    /// At most once: what the lanes have committed.
    pub(crate) committed: Committed,
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
    /// Builds the state and the runner, as at the start.
    pub(crate) open: &'l Open<'l>,
    /// How often electrons had been taken back when the state was built.
    pub(crate) rewinds: u32,
    /// At most once: how many of the chunk in hand are committed and not handled.
    pub(crate) lost: usize,
    pub(crate) known: Vec<Option<Arc<Partition>>>,
    pub(crate) buffer: Vec<u8>,
}

/// What builds a runner.
pub(crate) type Open<'l> = dyn Fn() -> Result<Box<dyn Runner>, Error> + 'l;

impl<'c> Lane<'_, 'c> {
    /// Handles records until the inbox is closed.
    pub(crate) fn run(&mut self, runner: &mut Box<dyn Runner>) {
        let one_by_one = self.shop.one_by_one || self.shop.order == Order::Synchronous;
        let mut max = if one_by_one { 1 } else { 16 };
        let mut hand: Vec<Item<'c>> = Vec::new();
        let mut last: Option<(Taken, f64)> = None;
        // Of the last electron: the next one is usually of the same.
        let mut partition: Option<Arc<Partition>> = None;
        while let Some(taken) = self.inbox.take(max, last.take(), &mut hand) {
            let started = Instant::now();
            if self.shop.delivery == Delivery::AtMostOnce {
                self.commit_first(&mut hand);
            }
            for item in hand.drain(..) {
                if partition
                    .as_ref()
                    .is_none_or(|last| last.id != item.partition)
                {
                    partition = self.partition(item.partition);
                }
                if let Some(partition) = &partition {
                    self.handle(&item, partition, runner);
                }
            }
            self.say_lost();
            let took = started.elapsed();
            if !one_by_one && took < CHUNK_AIM / 2 {
                max = (max * 2).min(CHUNK_MAX);
            } else if !one_by_one && took > CHUNK_AIM {
                max = (max / 2).max(1);
            }
            last = Some((taken, took.as_secs_f64() * 1e9));
        }
    }

    fn handle(
        &mut self,
        item: &Item<'c>,
        partition: &Arc<Partition>,
        runner: &mut Box<dyn Runner>,
    ) {
        let ledger = &*self.shop.ledger;
        ledger.start(item.slot);
        let may = self.may_handle(item, partition);
        if !may || !self.is_up_to_date(runner) {
            self.lost += 1;
            ledger.abandon(item.slot);
            self.shop.bell.ring();
            return;
        }
        self.in_hand.set(Some(item.slot));
        let result = self.step(item, partition, &mut **runner);
        self.in_hand.set(None);
        match result.and_then(|()| self.done(item, partition)) {
            Ok(()) => {
                if self.shop.order == Order::Synchronous {
                    self.commit(item, partition);
                }
            }
            Err(failure) => self.failed(item, partition, failure),
        }
    }

    fn may_handle(&self, item: &Item<'c>, partition: &Partition) -> bool {
        match self.shop.delivery {
            // It is committed: nobody else handles it, and this lane only not after a failure.
            Delivery::AtMostOnce => {
                !(self.shop.stopper.is_stopping() && self.shop.stopper.has_failed())
            }
            _ => !self.shop.stopper.is_stopping() && partition.generation() == item.generation,
        }
    }

    /// The function has returned: its part of the electron's settlement is done.
    fn done(&self, item: &Item<'c>, partition: &Arc<Partition>) -> Result<(), Failure> {
        let (slot, generation) = (item.slot, item.generation);
        if self.shop.delivery == Delivery::ExactlyOnce {
            return self.shop.outbox.hand_over(&Ticket {
                slot,
                partition,
                generation,
            });
        }
        // With outputs under way it is their last report that others wait for.
        if self.shop.ledger.settle_one(slot) {
            self.shop.bell.ring_after_exchange();
        }
        Ok(())
    }

    /// Builds the state anew when it has seen electrons that were taken back, as after a restart.
    fn is_up_to_date(&mut self, runner: &mut Box<dyn Runner>) -> bool {
        if self.shop.delivery != Delivery::ExactlyOnce {
            return true;
        }
        let rewinds = self.consumer.context().rewinds();
        if rewinds == self.rewinds {
            return true;
        }
        self.rewinds = rewinds;
        match (self.open)() {
            Ok(anew) => {
                *runner = anew;
                true
            }
            Err(error) => {
                self.shop.stopper.fail(error);
                false
            }
        }
    }

    fn step(
        &mut self,
        item: &Item<'c>,
        partition: &Partition,
        runner: &mut dyn Runner,
    ) -> Result<(), Failure> {
        let headers = MessageHeaders(&item.message);
        let record = Record {
            stream: &partition.stream,
            codec: partition.codec,
            partition: partition.number,
            offset: item.message.offset(),
            timestamp: item.message.timestamp().to_millis(),
            key: item.message.key(),
            value: item.message.payload(),
            headers: &headers,
            limits: Limits::default(),
        };
        let mut outlet = LaneOutlet::new(&self.shop.outbox, Some(item.slot));
        let mut emitter = Emitter::new(&mut outlet, &self.shop.outputs, &mut self.buffer);
        let result = caught(|| runner.step(record, &mut emitter));
        let result = match self.in_hand.take_failure() {
            // What the function made of a send that met the end of the shutdown is not its own error.
            Some(send) if result.is_ok() || send.kind() == FailureKind::Stopping => Err(send),
            _ => result,
        };
        if result.is_err() {
            self.shop.outbox.discard();
        }
        result
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
