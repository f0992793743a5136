//! The end of a membership: a consumer leaves its group, and only then it is closed.
//!
//! Closing a consumer that still has a place in its group is not safe. While it closes, its client
//! may ask twice for the same partitions back (once for a rebalance that was not served yet, once
//! because it closes), and the handler of the group ends with the answer to the first. A call that
//! reaches it in that moment is never answered: `rd_kafka_assign` and its kin wait for ever, as
//! does a commit (<https://github.com/confluentinc/librdkafka/issues/4884>). Also, a member that
//! closes while it has no partitions says nothing to its group, which then waits for its session.
//!
//! So the group is left first ([`leave`]), while every call is still answered. Where there is no
//! time for that, [`ClosingState`] keeps the callbacks from asking a second time.

use std::ffi::CStr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::bindings::{
    rd_kafka_consumer_group_metadata, rd_kafka_consumer_group_metadata_destroy,
    rd_kafka_consumer_group_metadata_generation_id, rd_kafka_consumer_group_metadata_member_id,
};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};

use crate::kafka::consumer::departure;
use crate::kafka::consumer::departure::Departure;
use crate::kafka::consumer::intake::Intake;

/// How long one poll waits for what has to be served before the group is left.
const STEP: Duration = Duration::from_millis(10);
/// How long one look waits while other members of this process are waited for.
const SHORTLY: Duration = Duration::from_millis(2);
/// How long these are waited for at most. The process ends with the last of them anyway.
const TOGETHER: Duration = Duration::from_secs(3);

/// What a member that leaves still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// A place in the group, at most.
    Nothing,
    /// Partitions.
    Partitions,
}

/// Closing without having left waits for no longer for an answer to the request to leave: it has
/// no setting.
const REQUEST: Duration = Duration::from_secs(5);
/// What the rest of closing takes, on a busy machine.
const REST: Duration = Duration::from_millis(500);

impl Holding {
    /// How long leaving may take, when closing has to be over in `left` in any case. Who has nothing
    /// to give back asks for nothing while it closes.
    pub(crate) fn spares(self, left: Duration) -> Duration {
        match self {
            Self::Nothing => left.saturating_sub(REST),
            Self::Partitions => left.saturating_sub(REQUEST + REST),
        }
    }
}

/// What kind of member a consumer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// The group knows it by an id that it is given.
    Classic,
    /// The group knows it by an epoch that it is given: the protocol of KIP-848.
    Heartbeats,
    /// It has a `group.instance.id`: its place is kept for it until its session is over, so that its
    /// next start is no rebalance.
    Static,
}

impl MemberKind {
    /// What a consumer with these settings will be.
    pub(crate) fn of(client: &ClientConfig) -> Self {
        let is_new = |value: &str| value.trim().eq_ignore_ascii_case("consumer");
        if client.get("group.instance.id").is_some() {
            Self::Static
        } else if client.get("group.protocol").is_some_and(is_new) {
            Self::Heartbeats
        } else {
            Self::Classic
        }
    }
}

/// Leaves the group, and serves what the group wants first: the client puts leaving off until a
/// rebalance is over. Says whether it came that far; `patience` is how long it may take, given what
/// is still held. A static member stays.
///
/// Members in this process that stop at the same time leave at the same time, see [`Departure`]: the
/// partitions of the first would go to the others for a moment. A member that holds partitions leaves
/// when it has given them back, which happens in a poll; one that holds none leaves when it gives up
/// its subscription. So first all are done with their work, then those with partitions give up their
/// subscription, and poll only when all have: who has none to join with is given nothing.
pub(crate) fn leave<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    kind: MemberKind,
    departure: &Departure<'_>,
    patience: impl Fn(Holding) -> Duration,
) -> bool {
    if kind == MemberKind::Static {
        return false;
    }
    let begun = Instant::now();
    let holding = || match consumer.assignment() {
        Ok(assigned) if assigned.count() == 0 => Holding::Nothing,
        _ => Holding::Partitions,
    };
    let together = |stage, wait: &dyn Fn()| {
        departure.reach(stage);
        let limit = patience(holding()).min(TOGETHER);
        while !departure.have_all_reached(stage) && begun.elapsed() < limit {
            wait();
        }
    };
    together(departure::DepartureStage::Done, &|| {
        drop(consumer.poll(SHORTLY))
    });
    let first = holding();
    if first == Holding::Partitions {
        consumer.unsubscribe();
    }
    together(departure::DepartureStage::Unsubscribed, &|| {
        thread::sleep(SHORTLY)
    });
    // Twice is a mistake to the client, and it says so.
    if first == Holding::Nothing {
        consumer.unsubscribe();
    }
    loop {
        let holding = holding();
        if holding == Holding::Nothing && !is_member(consumer, kind) {
            return true;
        }
        if begun.elapsed() >= patience(holding) {
            return false;
        }
        // Records are the next owner's.
        drop(consumer.poll(STEP));
    }
}

/// The same for a member that is alone in its process.
#[cfg(test)]
pub(crate) fn leave_alone<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    kind: MemberKind,
    patience: impl Fn(Holding) -> Duration,
) -> bool {
    let instance = std::sync::Arc::new(crate::shutdown::InstanceHandle::new("alone/1"));
    let departures = departure::Departures::default();
    let departure = departures.member("alone", "alone", &instance);
    leave(consumer, kind, &departure, patience)
}

/// Whether the group knows this consumer: it has what it was given until it asks to leave (or, with
/// heartbeats, until that is answered).
fn is_member<C: ConsumerContext>(consumer: &BaseConsumer<C>, kind: MemberKind) -> bool {
    // SAFETY: the client is valid as long as `consumer`. What it returns is null or the caller's
    // until it is destroyed, and the id, which ends with a zero, lives as long.
    unsafe {
        let group = rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if group.is_null() {
            return false;
        }
        let is_member = match kind {
            MemberKind::Heartbeats => rd_kafka_consumer_group_metadata_generation_id(group) > 0,
            MemberKind::Classic | MemberKind::Static => {
                !CStr::from_ptr(rd_kafka_consumer_group_metadata_member_id(group)).is_empty()
            }
        };
        rd_kafka_consumer_group_metadata_destroy(group);
        is_member
    }
}

/// The consumer of a micromodule: its callbacks know when it is being closed. What lanes may ask of it is in `door`.
pub(crate) struct GroupMember(BaseConsumer<Intake>);

impl GroupMember {
    pub(crate) fn new(consumer: BaseConsumer<Intake>) -> Self {
        Self(consumer)
    }
}

impl Deref for GroupMember {
    type Target = BaseConsumer<Intake>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for GroupMember {
    fn drop(&mut self) {
        // The consumer is dropped right after this, and that closes it.
        self.0.context().closing().closes();
        self.0.context().queues.give_back();
    }
}

/// How far a consumer has come with its end.
#[derive(Debug, Default)]
pub(crate) struct ClosingState(AtomicU8);

/// The stages, each later than the one before.
#[repr(u8)]
enum ClosingStage {
    Committed = 1,
    Closing,
    Released,
}

/// What a rebalance callback owes the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RebalanceReply {
    /// What the event asks for.
    TheEvent,
    /// That everything is given back: all that a client which closes understands.
    Release,
    /// Nothing: the client does not wait, and may not answer any more.
    Nothing,
}

impl ClosingState {
    /// The last commit was made: what is in hand now stays unsettled.
    pub(crate) fn commit_was_made(&self) {
        self.0
            .fetch_max(ClosingStage::Committed as u8, Ordering::SeqCst);
    }

    /// Whether the last commit was made.
    pub(crate) fn has_committed(&self) -> bool {
        self.0.load(Ordering::SeqCst) >= ClosingStage::Committed as u8
    }

    /// The consumer is closed next, and until then it is not polled.
    pub(crate) fn closes(&self) {
        self.0
            .fetch_max(ClosingStage::Closing as u8, Ordering::SeqCst);
    }

    /// What is owed for the event that was just polled.
    pub(crate) fn owes(&self) -> RebalanceReply {
        let stage = self.0.load(Ordering::SeqCst);
        if stage < ClosingStage::Closing as u8 {
            return RebalanceReply::TheEvent;
        }
        // The client waits for one call, however many events it has sent.
        match self
            .0
            .fetch_max(ClosingStage::Released as u8, Ordering::SeqCst)
        {
            before if before < ClosingStage::Released as u8 => RebalanceReply::Release,
            _ => RebalanceReply::Nothing,
        }
    }
}

#[cfg(test)]
mod tests;
