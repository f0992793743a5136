//! What a partition waits for: decided from its oldest electron and from what the lanes do.

use std::time::Duration;

use super::{Intaking, PartitionView, WaitsFor};
use crate::settle::tracker::FlightStage;
use crate::stream::StreamName;

/// What a lane does with the electron it has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// The function runs.
    Handling,
    /// It failed, and is tried again then.
    Retrying(Duration),
    /// It waits for the commit of it.
    Committing,
}

/// The electron that a lane has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hand {
    pub(crate) thread: String,
    pub(crate) stream: StreamName,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// Seen first at this time.
    pub(crate) since: Duration,
    pub(crate) doing: Doing,
}

/// Why there is no room for an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// So many are on their way to Kafka.
    Undelivered(u64),
    /// The embedded broker can keep no more until they are read.
    Unread,
}

/// What all partitions of a link share on their way through it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// What the lanes have in hand; a lane without an electron is left out.
    pub(crate) hands: Vec<Hand>,
    /// What a lane waits for that has an output and no room for it.
    pub(crate) crowd: Option<Blocked>,
    /// How many electrons are held, and how many outputs are not confirmed.
    pub(crate) holds: u64,
    pub(crate) undelivered: u64,
    /// When the next of the electrons is due that wait beside the lanes.
    pub(crate) next_retry: Option<Duration>,
    /// Whether this instance was thrown out of its group and is not back yet.
    pub(crate) outside: bool,
}

/// What a partition that stands still waits for.
pub(crate) fn cause(now: Duration, view: &PartitionView, way: &Conditions) -> WaitsFor {
    let its_own = |hand: &&Hand| {
        hand.stream == view.stream
            && hand.partition == view.partition
            && Some(hand.offset) == view.mark
    };
    if way.outside {
        return WaitsFor::Group;
    }
    match view.oldest {
        Some(FlightStage::Waiting) => retry(now, way.next_retry.unwrap_or(now)),
        Some(FlightStage::Started(open)) => match way.hands.iter().find(its_own) {
            Some(hand) => in_hand(now, hand, way),
            // Exactly once: it is settled, and its transaction is not at its end.
            None if open == 0 => WaitsFor::Commit,
            None if way.holds > 0 && way.undelivered == 0 => WaitsFor::Hold,
            None => WaitsFor::Delivery {
                outputs: u64::from(open),
            },
        },
        // It may lie in front of any of them: the one that is busy longest is the likeliest.
        Some(FlightStage::Unstarted) => longest(way).map_or(WaitsFor::Turn, |hand| {
            if now.saturating_sub(hand.since) < OTHERS {
                WaitsFor::Turn
            } else {
                in_hand(now, hand, way)
            }
        }),
        None if view.intake == Intaking::Held => longest(way)
            .filter(|hand| now.saturating_sub(hand.since) >= OTHERS)
            .map_or(WaitsFor::Room, |hand| in_hand(now, hand, way)),
        None => WaitsFor::Broker,
    }
}

/// A lane that has had one electron in hand for less does go on: what waits, waits for its turn.
const OTHERS: Duration = Duration::from_secs(2);

fn longest(way: &Conditions) -> Option<&Hand> {
    way.hands.iter().min_by_key(|hand| hand.since)
}

fn in_hand(now: Duration, hand: &Hand, way: &Conditions) -> WaitsFor {
    match (hand.doing, way.crowd) {
        (Doing::Retrying(due), _) => retry(now, due),
        (Doing::Committing, _) => WaitsFor::Commit,
        (Doing::Handling, Some(Blocked::Undelivered(outputs))) => WaitsFor::Delivery { outputs },
        (Doing::Handling, Some(Blocked::Unread)) => WaitsFor::Readers,
        (Doing::Handling, None) => WaitsFor::Handler {
            stream: hand.stream.clone(),
            partition: hand.partition,
            offset: hand.offset,
            running: now.saturating_sub(hand.since),
            thread: hand.thread.clone(),
        },
    }
}

fn retry(now: Duration, due: Duration) -> WaitsFor {
    WaitsFor::Retry {
        left: due.saturating_sub(now),
    }
}
