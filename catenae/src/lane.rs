//! A lane: the thread that runs the user's function, one electron at a time.

mod caught;
mod current;
mod delayed;
mod failed;
mod first;
mod function;
mod given_up;
mod parked;
mod queued;
mod refused;
pub(crate) mod retry_queues;
mod settle;
mod source;
mod wait;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::assignment::inbox::{Got, Inbox, InboxRecord, TakeOptions, TakenItem};
use crate::assignment::lane_queue::LaneQueue;
use crate::assignment::partitions::Partition;
use crate::context::InHand;
use crate::emit::Outputs;
use crate::kafka::consumer::feed::{Feed, Filled};
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::producer::holds::Holds;
use crate::kafka::{Outbox, SideStreams, Signature};
use crate::lane::retry_queues::RetryQueues;
use crate::link::Runner;
use crate::outcome::FailurePolicy;
use crate::settle::tracker::{InFlightCounters, PartitionId};
use crate::shutdown::InstanceHandle;
use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::Order;

pub(crate) use caught::caught;
use current::CurrentElectron;
use failed::{AfterFailure, Failing};
pub(crate) use first::Committed;
use first::FirstCommit;
use function::Function;
pub(crate) use function::OpenLane;
use parked::ParkedElectron;
use settle::Settlement;
pub(crate) use source::{Afterwards, SourceLane};

/// The stack of a lane, in bytes: user code runs there, so as much as a main thread has.
pub(crate) const LANE_STACK: usize = 8 << 20;

/// What every lane of a micromodule shares.
pub(crate) struct LaneShared {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) holds: Arc<Holds>,
    pub(crate) outputs: Outputs,
    pub(crate) counters: Arc<InFlightCounters>,
    pub(crate) instance: Arc<InstanceHandle>,
    pub(crate) order: Order,
    pub(crate) delivery: DeliveryMode,
    /// At most once: what the lanes have committed.
    pub(crate) committed: Committed,
    /// Whether one record is taken at a time.
    pub(crate) one_by_one: bool,
    /// Where electrons go that failed.
    pub(crate) side: SideStreams,
    pub(crate) signature: Signature,
    /// What lanes do between two electrons.
    pub(crate) lane_queue: Arc<LaneQueue>,
}

/// A chunk of records taken at once costs about this much of the lane's time.
const CHUNK_AIM: Duration = Duration::from_millis(20);
const CHUNK_MAX: usize = 512;
/// How long a lane waits for electrons to be settled, when no more may be in flight, before it looks again.
const ROOM_WITHIN: Duration = Duration::from_millis(20);
/// How long a lane waits for a more urgent input of which more is under way, before it looks again.
const COMES_WITHIN: Duration = Duration::from_millis(5);

/// Where an electron is after its attempts.
enum After {
    /// It is settled, given back, or under way to another stream.
    Over,
    /// It waits beside the lane; so many of its attempts failed.
    Aside { failed: u32, after: Duration },
}

/// What a lane is built from.
pub(crate) struct LaneParts<'l, 'c> {
    pub(crate) shared: &'l LaneShared,
    pub(crate) in_hand: Arc<InHand>,
    pub(crate) consumer: &'c GroupMember,
    pub(crate) inbox: &'l Inbox<'c>,
    /// What fills the inbox.
    pub(crate) feed: &'l Feed<'l, 'c>,
    pub(crate) runner: Box<dyn Runner>,
    /// How the state is rebuilt; `None` for a link without one.
    pub(crate) open: Option<OpenLane<'l>>,
    pub(crate) policy: FailurePolicy,
}

/// One lane and what it works with.
pub(crate) struct Lane<'l, 'c> {
    shared: &'l LaneShared,
    in_hand: Arc<InHand>,
    consumer: &'c GroupMember,
    inbox: &'l Inbox<'c>,
    feed: &'l Feed<'l, 'c>,
    partitions: KnownPartitions<'l>,
    settlement: Settlement<'l>,
    function: Function<'l>,
    failing: Failing,
    /// What waits for a retry, or behind one; its times are counted from `began`.
    retry_queues: RetryQueues<ParkedElectron>,
    began: Instant,
    /// The rebalances that the retry queues know of.
    epoch: u64,
    /// The inputs that are streams of retries, as far as anything came from them.
    retries: Vec<usize>,
    /// At most once: how many of the chunk in hand are committed and not handled.
    lost: usize,
}

impl<'l, 'c> Lane<'l, 'c> {
    /// A lane that has handled nothing yet.
    pub(crate) fn new(parts: LaneParts<'l, 'c>) -> Self {
        let (shared, consumer, inbox) = (parts.shared, parts.consumer, parts.inbox);
        let settlement = Settlement {
            shared,
            consumer,
            hand: &inbox.hand,
        };
        let function = Function::new(shared, consumer, &parts.in_hand, parts.runner, parts.open);
        Self {
            shared,
            in_hand: parts.in_hand,
            consumer,
            inbox,
            feed: parts.feed,
            partitions: KnownPartitions::of(consumer),
            settlement,
            function,
            failing: Failing::new(parts.policy),
            retry_queues: RetryQueues::new(),
            began: Instant::now(),
            epoch: 0,
            retries: Vec::new(),
            lost: 0,
        }
    }

    /// Handles records until the inbox is closed. Returns what is to be finished.
    pub(crate) fn run(mut self) -> Option<Box<dyn Runner>> {
        let one_by_one = self.shared.one_by_one;
        let mut max = if one_by_one { 1 } else { 16 };
        let mut hand: Vec<InboxRecord<'c>> = Vec::new();
        let mut last: Option<(TakenItem, f64)> = None;
        // Of the last electron: the next one is usually of the same.
        let mut partition: Option<Arc<Partition>> = None;
        // Whether more may be in flight: while not, it works on what it has.
        let mut has_room = true;
        loop {
            self.run_queued();
            let until = self.run_due();
            if self.wait_while_full(until) {
                continue;
            }
            let feed = self.feed;
            let fills = std::mem::replace(&mut has_room, true);
            let until = match fills {
                true => until,
                false => {
                    let soon = Instant::now() + ROOM_WITHIN;
                    Some(until.map_or(soon, |until| until.min(soon)))
                }
            };
            let ask = TakeOptions {
                max,
                last: last.take(),
                until,
                except: self.inputs_held_back(),
                inputs: &|| feed.inputs(),
                elsewhere: &|input| fills && feed.has(input),
                lies: &|input| feed.lies(input),
                comes: &|input| fills && feed.comes(input),
            };
            // What comes to another input from here on may be more urgent than the rest of the chunk. What is
            // committed has to be handled, though.
            let inbox = self.inbox;
            let arrivals = || feed.arrivals() + inbox.fills();
            let before = arrivals();
            let yields = feed.inputs() > 1 && !self.shared.delivery.commits_first();
            let taken = match self.inbox.take(ask, &mut hand) {
                Got::Records(taken) => taken,
                Got::Elsewhere(input) => {
                    has_room = feed.fill(input) == Filled::Done;
                    continue;
                }
                Got::Waits => {
                    let arrived = || arrivals() != before;
                    self.inbox.wait_for_arrivals(COMES_WITHIN, arrived);
                    continue;
                }
                Got::Returned(returned) => {
                    self.take_refused(*returned);
                    continue;
                }
                Got::Nothing | Got::Called => continue,
                Got::Closed => break,
            };
            if taken.made_room {
                feed.made_room(taken.input);
            }
            if !self.retry_queues.is_empty() {
                self.drop_stale();
            }
            if self.shared.delivery.commits_first() {
                self.commit_first(&mut hand);
            }
            // Not before: a slow commit is no reason for smaller chunks, each with a commit.
            let started = Instant::now();
            let mut given_up = false;
            let mut rest = hand.drain(..);
            while let Some(item) = rest.next() {
                self.run_queued();
                if partition
                    .as_ref()
                    .is_none_or(|last| last.id != item.partition)
                {
                    partition = self.partitions.get(item.partition);
                }
                if let Some(partition) = &partition {
                    self.handle(&item, partition, taken.input);
                }
                if yields && arrivals() != before {
                    given_up = rest.len() > 0;
                    self.inbox.put_back(taken.input, rest);
                    break;
                }
            }
            self.inbox.hand.rest();
            self.say_lost();
            let took = started.elapsed();
            if !one_by_one && !given_up && took < CHUNK_AIM / 2 {
                max = (max * 2).min(CHUNK_MAX);
            } else if !one_by_one && took > CHUNK_AIM {
                max = (max / 2).max(1);
            }
            last = Some((taken, took.as_secs_f64() * 1e9));
        }
        self.give_back_waiting();
        self.failing.sum_up();
        self.function.into_runner()
    }

    /// At most once: commits what was taken, and leaves in `hand` what may be handled.
    fn commit_first(&mut self, hand: &mut Vec<InboxRecord<'c>>) {
        let mut first = FirstCommit {
            shared: self.shared,
            consumer: self.consumer,
            partitions: &mut self.partitions,
        };
        first.commit(hand);
    }

    /// Counts what a failure has left unhandled of a chunk that is committed.
    fn say_lost(&mut self) {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 && self.shared.delivery.commits_first() {
            tracing::error!(
                "{lost} electrons were committed with the one that failed and are not handled: \
                 they are lost"
            );
        }
    }

    fn handle(&mut self, item: &InboxRecord<'c>, partition: &Arc<Partition>, input: usize) {
        let current = CurrentElectron::fetched(item, partition);
        self.shared.counters.start(current.slot);
        if !self.settlement.may_handle(&current) || !self.function.is_up_to_date() {
            self.lost += 1;
            self.settlement.give_back(&current);
            return;
        }
        if self.shared.delivery.has_transactions() && self.handle_known(&current) {
            return;
        }
        if self.shared.side.input_of_retries(current.stream).is_some() {
            return self.take_delayed(&current, input);
        }
        if !self.retry_queues.is_empty() && self.follows(&current) {
            return;
        }
        if let After::Aside { failed, after } = self.attempt(&current, 0) {
            self.park(&current, failed, after);
        }
    }

    /// Tries an electron, of which `failed` attempts failed before, until it is over or has to wait
    /// beside the lane.
    fn attempt(&mut self, current: &CurrentElectron<'_>, mut failed: u32) -> After {
        if failed > 0 {
            self.in_hand.set_attempt(failed.saturating_add(1));
        }
        let after = loop {
            self.in_hand.set(Some(current.slot));
            self.inbox.hand.take(current.place.id, current.at);
            let result = self.function.step(current);
            self.in_hand.set(None);
            let result = result.map_err(|failure| self.settlement.or_refused(current, failure));
            let Err(failure) = result.and_then(|()| self.settlement.settle(current)) else {
                self.failing.caps.handled();
                break After::Over;
            };
            failed = failed.saturating_add(1);
            match self.failed(current, failed, failure) {
                AfterFailure::Over => break After::Over,
                AfterFailure::Aside(after) => break After::Aside { failed, after },
                AfterFailure::Again => self.in_hand.set_attempt(failed.saturating_add(1)),
            }
        };
        if failed > 0 {
            self.in_hand.set_attempt(1);
        }
        after
    }
}

/// The partitions of one lane's electrons, by their numbers: nobody is asked twice.
struct KnownPartitions<'l> {
    consumer: &'l GroupMember,
    known: Vec<Option<Arc<Partition>>>,
}

impl<'l> KnownPartitions<'l> {
    fn of(consumer: &'l GroupMember) -> Self {
        Self {
            consumer,
            known: Vec::new(),
        }
    }

    fn get(&mut self, id: PartitionId) -> Option<Arc<Partition>> {
        let PartitionId(index) = id;
        let index = index as usize;
        if self.known.len() <= index {
            self.known.resize(index + 1, None);
        }
        if self.known[index].is_none() {
            self.known[index] = self.consumer.partition(id);
        }
        self.known[index].clone()
    }
}
