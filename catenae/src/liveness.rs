//! Which partitions stand still although something waits in them, since when, and what they wait for.
//!
//! Whoever feeds it looks from time to time, and says of each partition how far it is settled and
//! what holds it. A partition stands still while that mark stays where it is *and* there is a lag;
//! without a lag it never counts, and one that waits for its time (a delayed retry) does not either.
//! It is reported once at the limit, then each time it has stood still twice as long, and once more
//! when it moves again.

mod cause;
mod silence;
mod stall;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::settle::tracker::FlightStage;
use crate::stream::StreamName;

use cause::cause;
pub(crate) use cause::{Blocked, Conditions, Doing, Hand};
pub(crate) use silence::{BrokerEnds, PartitionName, Revived, Silence};
pub(crate) use stall::StallReport;
pub use stall::{Stall, WaitsFor};

/// A partition as one look finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartitionView {
    pub(crate) stream: StreamName,
    pub(crate) partition: i32,
    /// The oldest offset that is not settled, or else the next to be read, where it is known.
    pub(crate) mark: Option<i64>,
    /// The end of the partition, where the broker has told it.
    pub(crate) end: Option<i64>,
    /// How far the electron at the mark is, if it was taken.
    pub(crate) oldest: Option<FlightStage>,
    /// Whether more of it is asked for.
    pub(crate) intake: Intaking,
}

/// Whether more electrons of a partition are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intaking {
    /// More are asked for.
    Open,
    /// None: there is no room for them.
    Held,
    /// None until then: a delayed retry waits for its time, and that is no stall.
    NotDue,
}

/// What a look found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StallEvent {
    /// It stands still, for the limit or a multiple of it.
    Stands(Stall),
    /// It was reported, and moves again or has nothing more to wait for.
    Moves {
        stream: StreamName,
        partition: i32,
        /// How long it had stood still.
        after: Duration,
    },
}

/// Counts the time that each partition stands still.
#[derive(Debug)]
pub(crate) struct Liveness {
    limit: Duration,
    partitions: BTreeMap<(StreamName, i32), StallTimer>,
}

/// One partition that stands where it was first seen at `since`.
#[derive(Debug)]
struct StallTimer {
    mark: Option<i64>,
    since: Duration,
    patience: ReportPatience,
}

/// When something that takes long is told: at a limit, then each time it took twice as long.
#[derive(Debug)]
pub(crate) struct ReportPatience {
    next: Duration,
    told: bool,
}

impl ReportPatience {
    /// To be told first at `limit`.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            // A span of zero would never grow.
            next: limit.max(Duration::from_millis(1)),
            told: false,
        }
    }

    /// Whether to tell now that it takes `passed`.
    pub(crate) fn is_over(&mut self, passed: Duration) -> bool {
        let over = passed >= self.next;
        while self.next <= passed {
            self.next = self.next.saturating_mul(2);
        }
        self.told |= over;
        over
    }

    /// Whether it was ever told.
    pub(crate) fn was_over(&self) -> bool {
        self.told
    }

    /// How long after `passed` it is to be told next.
    pub(crate) fn left(&self, passed: Duration) -> Duration {
        self.next.saturating_sub(passed)
    }
}

impl Liveness {
    /// Partitions count as standing still after `limit`.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            partitions: BTreeMap::new(),
        }
    }

    /// Looks at every assigned partition at `now`, a time since an epoch of the caller's; `way` is
    /// what they share. Returns what is to be told, and all that stand still. A partition that is
    /// not among the views any more is forgotten.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        views: &[PartitionView],
        way: &Conditions,
    ) -> (Vec<StallEvent>, Vec<Stall>) {
        let (mut news, mut stalls) = (Vec::new(), Vec::new());
        let mut known = std::mem::take(&mut self.partitions);
        for view in views {
            let key = (view.stream.clone(), view.partition);
            let before = known.remove(&key);
            if !view.waits() {
                news.extend(before.and_then(|before| before.moves(now, view)));
                continue;
            }
            let mut standing = match before {
                Some(before) if before.mark == view.mark => before,
                before => {
                    news.extend(before.and_then(|before| before.moves(now, view)));
                    StallTimer {
                        mark: view.mark,
                        since: now,
                        patience: ReportPatience::new(self.limit),
                    }
                }
            };
            let stood = now.saturating_sub(standing.since);
            if stood >= self.limit {
                let stall = Stall {
                    stream: view.stream.clone(),
                    partition: view.partition,
                    offset: view.mark,
                    lag: view.lag(),
                    lasted: stood,
                    waits_for: cause(now, view, way),
                };
                if standing.patience.is_over(stood) {
                    news.push(StallEvent::Stands(stall.clone()));
                }
                stalls.push(stall);
            }
            self.partitions.insert(key, standing);
        }
        (news, stalls)
    }
}

impl StallTimer {
    fn moves(&self, now: Duration, view: &PartitionView) -> Option<StallEvent> {
        self.patience.was_over().then(|| StallEvent::Moves {
            stream: view.stream.clone(),
            partition: view.partition,
            after: now.saturating_sub(self.since),
        })
    }
}

impl PartitionView {
    /// How many offsets lie between the mark and the end.
    fn lag(&self) -> Option<u64> {
        let lag = self.end?.checked_sub(self.mark?)?;
        u64::try_from(lag).ok()
    }

    /// Whether there is anything to wait for: an electron in flight, one at the broker, or the first
    /// word of the broker about this partition.
    fn waits(&self) -> bool {
        let behind = match (self.end, self.mark) {
            (Some(end), Some(mark)) => end > mark,
            // The beginning of a partition has no number before the first electron of it is read.
            (Some(end), None) => end > 0,
            (None, _) => self.intake == Intaking::Open,
        };
        self.intake != Intaking::NotDue && (self.oldest.is_some() || behind)
    }
}

#[cfg(test)]
mod tests;
