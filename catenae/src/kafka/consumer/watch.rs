//! Watches what the reader's partitions do, once a second, from what the client and the lanes know. Where that cannot
//! tell, it has the broker asked, and has partitions fetched again.

pub(super) mod ends;
mod silent;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use crate::assignment::inbox::Inbox;
use crate::assignment::partitions::{Partition, Partitions};
use crate::kafka::Outbox;
use crate::kafka::consumer::intake::{AssignedPartition, Intake};
use crate::kafka::producer::holds::Holds;
use crate::kafka::topics::side_streams::SideStreams;
use crate::liveness::{
    self, Conditions, Doing, Intaking, Liveness, PartitionView, ReportPatience, Stall, StallEvent,
    StallReport,
};
use crate::settle::tracker::{FlightStage, PartitionId};

use crate::assignment::hand::InHandCell;

use self::silent::SilentPartitions;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The name of a lane's thread.
pub(crate) fn lane_name(class: &str, number: usize) -> String {
    format!("{class}-lane-{number}")
}

/// Everything a watch is built from.
pub(crate) struct StallWatchParts {
    pub(crate) class: &'static str,
    pub(crate) limit: Duration,
    /// What the times in the lanes' hands count from.
    pub(crate) epoch: Instant,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) holds: Arc<Holds>,
    pub(crate) side: SideStreams,
    pub(crate) stalls: Arc<StallReport>,
}

/// Watches the partitions of one consumer, on its thread.
pub(crate) struct StallWatch {
    parts: StallWatchParts,
    looked: Instant,
    liveness: Liveness,
    silent: SilentPartitions,
    furthest: FurthestPositions,
    /// What each lane had in hand at the last look: which turn, and since when.
    turns: Vec<Option<(u64, Duration)>>,
    /// The last that was seen of partitions that were lost meanwhile.
    last: Vec<PartitionView>,
    /// Since when this instance is in no group.
    outside: Option<(Duration, ReportPatience)>,
}

impl StallWatch {
    pub(crate) fn new(parts: StallWatchParts) -> Self {
        Self {
            looked: parts.epoch,
            liveness: Liveness::new(parts.limit),
            silent: SilentPartitions::default(),
            furthest: FurthestPositions::default(),
            turns: Vec::new(),
            last: Vec::new(),
            outside: None,
            parts,
        }
    }

    /// Looks when it is time; `held` says of which inputs more has come than there was room for.
    pub(crate) fn look(
        &mut self,
        consumer: &BaseConsumer<Intake>,
        inboxes: &[Inbox<'_>],
        held: &dyn Fn() -> Vec<bool>,
    ) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        let now = self.parts.epoch.elapsed();
        let intake = consumer.context();
        if intake.assigned.is_member() {
            self.outside = None;
            self.last = views(consumer, &held(), &self.parts.side, &mut self.furthest);
            self.silent.look(consumer, now, &self.last);
        } else {
            // What was in flight is handled by others, if there are any: what is left is the lag.
            for view in &mut self.last {
                (view.oldest, view.intake) = (None, Intaking::Open);
            }
            self.say_outside(now, intake);
        }
        let way = Conditions {
            hands: self.hands(now, intake, inboxes),
            crowd: self.parts.outbox.crowd(),
            holds: self.parts.holds.open() as u64,
            undelivered: self.parts.outbox.under_way(),
            next_retry: inboxes
                .iter()
                .filter_map(|inbox| inbox.hand.next_retry())
                .min(),
            outside: self.outside.is_some(),
        };
        let (news, stalls) = self.liveness.look(now, &self.last, &way);
        let handled = inboxes.iter().map(|inbox| inbox.hand.turns()).sum();
        self.parts.stalls.put(stalls, handled);
        tell(&news);
    }

    /// What the lanes have in hand, and since which look.
    fn hands(
        &mut self,
        now: Duration,
        intake: &Intake,
        inboxes: &[Inbox<'_>],
    ) -> Vec<liveness::Hand> {
        self.turns.resize(inboxes.len(), None);
        let lanes = inboxes.iter().zip(&mut self.turns).enumerate();
        let hand = |(number, (inbox, turn)): (usize, (&Inbox<'_>, &mut Option<_>))| {
            let Some(held) = inbox.hand.look() else {
                *turn = None;
                return None;
            };
            let since = match *turn {
                Some((before, since)) if before == held.turn => since,
                _ => now,
            };
            *turn = Some((held.turn, since));
            let partition = intake.assigned.partitions().get(held.partition)?;
            Some(liveness::Hand {
                thread: lane_name(self.parts.class, number),
                stream: partition.stream.clone(),
                partition: partition.number,
                offset: held.offset,
                since,
                doing: held.doing,
            })
        };
        lanes.filter_map(hand).collect()
    }

    /// An instance that is in no group has no partitions that could stand still.
    fn say_outside(&mut self, now: Duration, intake: &Intake) {
        let limit = self.parts.limit;
        let (since, patience) = self
            .outside
            .get_or_insert_with(|| (now, ReportPatience::new(limit)));
        let waited = now.saturating_sub(*since);
        if patience.is_over(waited) {
            tracing::warn!(
                "{} has been outside its consumer group for {} s and reads nothing: is the \
                 broker reachable?",
                intake.instance.who(),
                waited.as_secs()
            );
        }
    }
}

/// What the lanes have in hand, and what is done with it.
pub(crate) fn in_hand<'h>(
    partitions: &Partitions,
    hands: impl Iterator<Item = &'h InHandCell>,
) -> Vec<String> {
    let held = hands.filter_map(InHandCell::look);
    let told = |held: crate::assignment::hand::InHandSeen| {
        let partition = partitions.get(held.partition)?;
        let doing = match held.doing {
            Doing::Handling => "the function runs",
            Doing::Retrying(_) => "it is to be tried again",
            Doing::Committing => "it waits for its outputs or its commit",
        };
        Some(format!(
            "stream `{}`, partition {}, offset {} ({doing})",
            partition.stream, partition.number, held.offset
        ))
    };
    held.filter_map(told).collect()
}

/// The same for whenever it is asked, also when the consumer is gone.
pub(crate) fn later_in_hand(
    consumer: &BaseConsumer<Intake>,
    hands: Vec<Arc<InHandCell>>,
) -> impl Fn() -> Vec<String> + Send + 'static {
    let partitions = Arc::clone(consumer.context().assigned.partitions());
    move || in_hand(&partitions, hands.iter().map(|hand| &**hand))
}

/// Every assigned partition as it is now.
fn views(
    consumer: &BaseConsumer<Intake>,
    held: &[bool],
    side: &SideStreams,
    furthest: &mut FurthestPositions,
) -> Vec<PartitionView> {
    let intake = consumer.context();
    let standing = intake.assigned.standing();
    let positions = ends::positions(consumer, standing.iter().map(|one| &*one.partition));
    let view = |one: AssignedPartition| {
        let (stream, number) = (&one.partition.stream, one.partition.number);
        let input = intake.inputs.get(stream.as_str()).map(|(index, _)| index);
        let held = input.is_some_and(|input| held.get(input) == Some(&true));
        let end = ends::end(consumer, &one.partition);
        // An error moves the position of the client, also past the end of a stream that was created again.
        let position = positions.get(&(stream.clone(), number)).copied();
        let position = position.filter(|position| end.is_some_and(|end| *position <= end));
        let position = furthest.of(&one.partition, position.max(one.next));
        PartitionView {
            stream: stream.clone(),
            partition: number,
            mark: one.oldest.map(|(offset, _)| offset).or(position),
            end,
            oldest: one.oldest.map(|(_, stage)| stage),
            intake: match one.oldest {
                // In a stream of retries that is as it should be.
                Some((_, FlightStage::Waiting)) if side.input_of_retries(stream).is_some() => {
                    Intaking::NotDue
                }
                _ if held => Intaking::Held,
                _ => Intaking::Open,
            },
        }
    };
    standing.into_iter().map(view).collect()
}

/// How far each partition was read in its present assignment. The client knows it, but forgets it when it seeks, and
/// then what is read no longer counts the marks of transactions at the end.
#[derive(Default)]
struct FurthestPositions(HashMap<PartitionId, (u32, i64)>);

impl FurthestPositions {
    fn of(&mut self, partition: &Partition, position: Option<i64>) -> Option<i64> {
        let generation = partition.generation();
        let before = self.0.get(&partition.id);
        let before = before.filter(|(of, _)| *of == generation);
        let furthest = position.max(before.map(|(_, position)| *position))?;
        self.0.insert(partition.id, (generation, furthest));
        Some(furthest)
    }
}

/// Writes the news to the log; partitions that wait for the same are one line.
fn tell(news: &[StallEvent]) {
    let mut stand: Vec<Vec<&Stall>> = Vec::new();
    for one in news {
        match one {
            StallEvent::Stands(stall) => {
                // Said of the instance as a whole.
                if stall.waits_for == liveness::WaitsFor::Group {
                    continue;
                }
                match stand
                    .iter_mut()
                    .find(|group| group[0].waits_for == stall.waits_for)
                {
                    Some(group) => group.push(stall),
                    None => stand.push(vec![stall]),
                }
            }
            StallEvent::Moves {
                stream,
                partition,
                after,
            } => tracing::info!(
                "stream `{stream}`, partition {partition}, moves again after {} s",
                after.as_secs()
            ),
        }
    }
    for group in stand {
        match group[..] {
            [stall] => tracing::warn!("{stall}"),
            _ => {
                let others: Vec<String> = group[1..]
                    .iter()
                    .map(|stall| format!("`{}` {}", stall.stream, stall.partition))
                    .collect();
                tracing::warn!("{}; so do {}", group[0], others.join(", "));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FurthestPositions;
    use crate::assignment::partitions::Partitions;
    use crate::codec::Codec;

    #[test]
    fn a_position_that_the_client_forgets_is_kept_while_the_assignment_lasts() {
        let partitions = Partitions::default();
        let partition = partitions.named(&"in".into(), Some(0), Codec::Auto, 0);
        let mut furthest = FurthestPositions::default();
        for (position, expected) in [
            (None, None),
            (Some(7), Some(7)),
            (None, Some(7)),
            (Some(5), Some(7)),
            (Some(9), Some(9)),
        ] {
            assert_eq!(furthest.of(&partition, position), expected);
        }
        partition.end_assignment();
        assert_eq!(furthest.of(&partition, Some(3)), Some(3));
    }
}
