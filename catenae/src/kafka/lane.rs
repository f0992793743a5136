//! A lane: the thread that runs the user's function, one electron at a time.

mod aside;
mod called;
mod caught;
mod commit;
mod delayed;
mod failed;
mod first;
mod given_up;
mod reopen;
mod settle;
mod source;
mod subject;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use crate::bell::Bell;
use crate::config::{DeliveryMode, Order};
use crate::context::InHand;
use crate::errands::Errands;
use crate::kafka::inbox::{Ask, Got, Item, Taken};
use crate::kafka::intake::Intake;
use crate::kafka::outbox::LaneOutlet;
use crate::kafka::partitions::Partition;
use crate::kafka::{Inbox, Outbox, SideStreams, Signature};
use crate::link::{Emitter, Outputs, Runner};
use crate::outcome::{Failure, FailureKind, FailurePolicy};
use crate::parking::Lot;
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, PartitionId};

use aside::Aside;
use called::run_one;
pub(crate) use caught::caught;
use failed::Failing;
use failed::Next;
pub(crate) use first::Committed;
pub(crate) use reopen::Open;
pub(crate) use source::{Afterwards, Source};
use subject::Subject;

/// What every lane of a micromodule shares.
pub(crate) struct Shop {
    pub(crate) who: String,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) outputs: Outputs,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) order: Order,
    pub(crate) delivery: DeliveryMode,
    /// At most once: what the lanes have committed.
    pub(crate) committed: Committed,
    /// Whether one record is taken at a time, so that a more urgent input never waits for more.
    pub(crate) one_by_one: bool,
    /// Where electrons go that failed.
    pub(crate) side: SideStreams,
    pub(crate) signature: Signature,
    /// What lanes do between two electrons.
    pub(crate) errands: Arc<Errands>,
}

/// A chunk of records taken at once costs about this much of the lane's time.
const CHUNK_AIM: Duration = Duration::from_millis(20);
const CHUNK_MAX: usize = 512;

/// Where an electron is after its attempts.
enum After {
    /// It is settled, given back, or under way to another stream.
    Over,
    /// It waits beside the lane; so many of its attempts failed.
    Aside { failed: u32, after: Duration },
}

/// What a lane is built from.
pub(crate) struct LaneParts<'l, 'c> {
    pub(crate) shop: &'l Shop,
    pub(crate) in_hand: Arc<InHand>,
    pub(crate) consumer: &'c BaseConsumer<Intake>,
    pub(crate) inbox: &'l Inbox<'c>,
    pub(crate) runner: Box<dyn Runner>,
    /// How the state is built anew; `None` for a link without one.
    pub(crate) open: Option<Open<'l>>,
    pub(crate) policy: FailurePolicy,
}

/// One lane and what it works with.
pub(crate) struct Lane<'l, 'c> {
    shop: &'l Shop,
    in_hand: Arc<InHand>,
    consumer: &'c BaseConsumer<Intake>,
    inbox: &'l Inbox<'c>,
    known: Vec<Option<Arc<Partition>>>,
    buffer: Vec<u8>,
    /// The state and the function; gone when the state could not be built anew.
    runner: Option<Box<dyn Runner>>,
    open: Option<Open<'l>>,
    failing: Failing,
    /// What waits for a retry, or behind one; its times are counted from `began`.
    lot: Lot<Aside>,
    began: Instant,
    /// The rebalances that the lot knows of.
    epoch: u64,
    /// The inputs that are streams of retries, as far as anything came from them.
    retries: Vec<usize>,
    /// How often electrons had been taken back when the state was built.
    rewinds: u32,
    /// At most once: how many of the chunk in hand are committed and not handled.
    lost: usize,
}

impl<'l, 'c> Lane<'l, 'c> {
    /// A lane that has handled nothing yet.
    pub(crate) fn new(parts: LaneParts<'l, 'c>) -> Self {
        Self {
            shop: parts.shop,
            in_hand: parts.in_hand,
            consumer: parts.consumer,
            inbox: parts.inbox,
            known: Vec::new(),
            buffer: Vec::new(),
            runner: Some(parts.runner),
            open: parts.open,
            failing: Failing::new(parts.policy),
            lot: Lot::new(),
            began: Instant::now(),
            epoch: 0,
            retries: Vec::new(),
            rewinds: 0,
            lost: 0,
        }
    }

    /// Handles records until the inbox is closed. Returns what is to be finished.
    pub(crate) fn run(mut self) -> Option<Box<dyn Runner>> {
        let one_by_one = self.shop.one_by_one || self.shop.order == Order::Synchronous;
        let mut max = if one_by_one { 1 } else { 16 };
        let mut hand: Vec<Item<'c>> = Vec::new();
        let mut last: Option<(Taken, f64)> = None;
        // Of the last electron: the next one is usually of the same.
        let mut partition: Option<Arc<Partition>> = None;
        loop {
            self.run_errands();
            let until = self.run_due();
            if self.wait_while_full(until) {
                continue;
            }
            let ask = Ask {
                max,
                last: last.take(),
                until,
                except: self.inputs_held_back(),
            };
            let taken = match self.inbox.take(ask, &mut hand) {
                Got::Records(taken) => taken,
                Got::Nothing | Got::Called => continue,
                Got::Closed => break,
            };
            if !self.lot.is_empty() {
                self.drop_stale();
            }
            if self.shop.delivery == DeliveryMode::AtMostOnce {
                self.commit_first(&mut hand);
            }
            // Not before: a slow commit is no reason for smaller chunks, each with a commit.
            let started = Instant::now();
            for item in hand.drain(..) {
                self.run_errands();
                if partition
                    .as_ref()
                    .is_none_or(|last| last.id != item.partition)
                {
                    partition = self.partition(item.partition);
                }
                if let Some(partition) = &partition {
                    self.handle(&item, partition, taken.input);
                }
            }
            self.inbox.hand.rest();
            self.say_lost();
            let took = started.elapsed();
            if !one_by_one && took < CHUNK_AIM / 2 {
                max = (max * 2).min(CHUNK_MAX);
            } else if !one_by_one && took > CHUNK_AIM {
                max = (max / 2).max(1);
            }
            last = Some((taken, took.as_secs_f64() * 1e9));
        }
        self.leave_lot();
        self.failing.sum_up();
        self.runner
    }

    fn handle(&mut self, item: &Item<'c>, partition: &Arc<Partition>, input: usize) {
        let subject = Subject::fetched(item, partition);
        self.shop.ledger.start(subject.slot);
        if !self.may_handle(&subject) || !self.is_up_to_date() {
            self.lost += 1;
            self.give_back(&subject);
            return;
        }
        if self.shop.side.input_of_retries(subject.stream).is_some() {
            return self.take_delayed(&subject, input);
        }
        if !self.lot.is_empty() && self.follows(&subject) {
            return;
        }
        if let After::Aside { failed, after } = self.attempt(&subject, 0) {
            self.park(&subject, failed, after);
        }
    }

    /// Tries an electron, of which `failed` attempts failed before, until it is over or has to wait
    /// beside the lane.
    fn attempt(&mut self, subject: &Subject<'_>, mut failed: u32) -> After {
        if failed > 0 {
            self.in_hand.set_attempt(failed.saturating_add(1));
        }
        let after = loop {
            self.in_hand.set(Some(subject.slot));
            self.inbox.hand.take(subject.place.id, subject.at);
            let result = self.step(subject);
            self.in_hand.set(None);
            let Err(failure) = result.and_then(|()| self.settle(subject)) else {
                self.failing.caps.handled();
                break After::Over;
            };
            failed = failed.saturating_add(1);
            match self.failed(subject, failed, failure) {
                Next::Over => break After::Over,
                Next::Aside(after) => break After::Aside { failed, after },
                Next::Again => self.in_hand.set_attempt(failed.saturating_add(1)),
            }
        };
        if failed > 0 {
            self.in_hand.set_attempt(1);
        }
        after
    }

    fn step(&mut self, subject: &Subject<'_>) -> Result<(), Failure> {
        let Some(runner) = &mut self.runner else {
            return Err(Self::without_state());
        };
        let mut outlet = LaneOutlet::new(&self.shop.outbox, Some(subject.slot));
        let mut emitter = Emitter::new(&mut outlet, &self.shop.outputs, &mut self.buffer);
        let result = caught(|| runner.step(subject.record(), &mut emitter));
        let result = match self.in_hand.take_failure() {
            // What the function made of a send that Kafka did not take is not its own error.
            Some(send)
                if result.is_ok()
                    || matches!(send.kind(), FailureKind::Stopping | FailureKind::Delivery) =>
            {
                Err(send)
            }
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
