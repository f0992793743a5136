//! Watches what the reader's partitions do: once a second, from what is known without asking anybody.

mod ends;
mod hand;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use crate::kafka::intake::Intake;
use crate::kafka::side_streams::SideStreams;
use crate::kafka::{Inbox, Outbox};
use crate::liveness::{self, Board, Doing, Intaking, Liveness, News, Patience, Stall, View, Way};
use crate::tracker::Stage;

pub(crate) use hand::Hand;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The name of a lane's thread.
pub(crate) fn lane_name(class: &str, number: usize) -> String {
    format!("{class}-lane-{number}")
}

/// Everything a watch is built from.
pub(crate) struct WatchParts {
    pub(crate) class: &'static str,
    pub(crate) limit: Duration,
    /// What the times in the lanes' hands count from.
    pub(crate) epoch: Instant,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) side: SideStreams,
    pub(crate) board: Arc<Board>,
}

/// Watches the partitions of one consumer, on its thread.
pub(crate) struct Watch {
    parts: WatchParts,
    looked: Instant,
    liveness: Liveness,
    /// What each lane had in hand at the last look: which turn, and since when.
    turns: Vec<Option<(u64, Duration)>>,
    /// The last that was seen of partitions that were lost meanwhile.
    last: Vec<View>,
    /// Since when this instance is in no group.
    outside: Option<(Duration, Patience)>,
}

impl Watch {
    pub(crate) fn new(parts: WatchParts) -> Self {
        Self {
            looked: parts.epoch,
            liveness: Liveness::new(parts.limit),
            turns: Vec::new(),
            last: Vec::new(),
            outside: None,
            parts,
        }
    }

    /// Looks when it is time; `paused` are the inputs that intake is paused for.
    pub(crate) fn look(
        &mut self,
        consumer: &BaseConsumer<Intake>,
        inboxes: &[Inbox<'_>],
        paused: &BTreeSet<usize>,
    ) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        let now = self.parts.epoch.elapsed();
        let intake = consumer.context();
        if intake.is_member() {
            self.outside = None;
            self.last = views(consumer, paused, &self.parts.side);
        } else {
            // What was in flight is handled by others, if there are any: what is left is the lag.
            for view in &mut self.last {
                (view.oldest, view.intake) = (None, Intaking::Open);
            }
            self.say_outside(now, intake);
        }
        let way = Way {
            hands: self.hands(now, intake, inboxes),
            crowd: self.parts.outbox.crowd(),
            next_retry: inboxes
                .iter()
                .filter_map(|inbox| inbox.hand.next_retry())
                .min(),
            outside: self.outside.is_some(),
        };
        let (news, stalls) = self.liveness.look(now, &self.last, &way);
        let handled = inboxes.iter().map(|inbox| inbox.hand.turns()).sum();
        self.parts.board.put(stalls, handled);
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
            let partition = intake.partitions.get(held.partition)?;
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
            .get_or_insert_with(|| (now, Patience::new(limit)));
        let waited = now.saturating_sub(*since);
        if patience.is_over(waited) {
            tracing::warn!(
                "{} has been in no consumer group for {} s and reads nothing: is the broker \
                 reachable?",
                intake.who,
                waited.as_secs()
            );
        }
    }
}

/// What the lanes have in hand, and what is done with it.
pub(crate) fn in_hand(intake: &Intake, inboxes: &[Inbox<'_>]) -> Vec<String> {
    let held = inboxes.iter().filter_map(|inbox| inbox.hand.look());
    let told = |held: hand::Held| {
        let partition = intake.partitions.get(held.partition)?;
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

/// Every assigned partition as it is now.
fn views(
    consumer: &BaseConsumer<Intake>,
    paused: &BTreeSet<usize>,
    side: &SideStreams,
) -> Vec<View> {
    let intake = consumer.context();
    let standing = intake.standing();
    let positions = ends::positions(consumer, standing.iter().map(|one| &*one.partition));
    let view = |one: crate::kafka::intake::Standing| {
        let (stream, number) = (&one.partition.stream, one.partition.number);
        let input = intake.input(stream.as_str()).map(|(index, _)| index);
        let held = input.is_some_and(|input| paused.contains(&input));
        let position = positions.get(&(stream.clone(), number)).copied();
        View {
            stream: stream.clone(),
            partition: number,
            mark: one
                .oldest
                .map(|(offset, _)| offset)
                .or(position)
                .or(one.began),
            end: ends::end(consumer, &one.partition),
            oldest: one.oldest.map(|(_, stage)| stage),
            intake: match one.oldest {
                // In a stream of retries that is as it should be.
                Some((_, Stage::Waiting)) if side.input_of_retries(stream).is_some() => {
                    Intaking::NotDue
                }
                _ if held => Intaking::Held,
                _ => Intaking::Open,
            },
        }
    };
    standing.into_iter().map(view).collect()
}

/// Writes the news to the log; partitions that wait for the same are one line.
fn tell(news: &[News]) {
    let mut stand: Vec<Vec<&Stall>> = Vec::new();
    for one in news {
        match one {
            News::Stands(stall) => {
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
            News::Moves {
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
