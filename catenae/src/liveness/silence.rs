//! Which partitions give nothing although the broker has something of them.
//!
//! A client can stop fetching a partition without a word: librdkafka does where no answer comes to its question for the
//! beginning of it. To the client that looks like a partition of which everything is read; only the broker knows better.
//! It is asked about partitions that are open and have given nothing for a while, and where it says twice that there
//! is more, the partition is to be fetched again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Intaking, PartitionView};
use crate::stream::StreamName;

/// How long a partition gives nothing until the broker is asked.
const SILENT_FOR: Duration = Duration::from_secs(10);
/// Between two questions about what the broker has and the client does not give.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// Between two questions about a partition that has nothing more.
const NOTHING_MORE: Duration = Duration::from_secs(30);
/// The longest time between two attempts to fetch the same offset again. What is there may hold nothing: the marks of
/// transactions, and what was aborted.
const LONGEST: Duration = Duration::from_secs(600);
/// So soon after it was fetched again it moves because of that.
const BECAUSE: Duration = Duration::from_secs(5);

/// A stream and a partition of it.
pub(crate) type PartitionName = (StreamName, i32);

/// What the broker has of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BrokerEnds {
    /// The first offset.
    pub(crate) low: i64,
    /// The offset behind the last that may be read.
    pub(crate) high: i64,
}

/// A partition that gives again because it was fetched again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revived {
    pub(crate) partition: PartitionName,
    /// Where it had stopped, if that was a number.
    pub(crate) mark: Option<i64>,
    /// How long it had given nothing.
    pub(crate) after: Duration,
}

/// Keeps the partitions that give nothing.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    partitions: BTreeMap<PartitionName, SilentPartition>,
}

/// One that has given nothing since `since`.
#[derive(Debug)]
struct SilentPartition {
    mark: Option<i64>,
    since: Duration,
    ask_at: Duration,
    /// The broker is asked, and has not answered.
    asked: bool,
    /// The broker has said once that there is more.
    has_more: bool,
    /// How often it was fetched again, and when the last time.
    again: u32,
    fetched_again: Option<Duration>,
}

impl SilentPartition {
    fn new(now: Duration, mark: Option<i64>) -> Self {
        Self {
            mark,
            since: now,
            ask_at: now + SILENT_FOR,
            asked: false,
            has_more: false,
            again: 0,
            fetched_again: None,
        }
    }

    fn revived(&self, now: Duration, name: &PartitionName) -> Option<Revived> {
        let fetched = self.fetched_again?;
        (now.saturating_sub(fetched) <= BECAUSE).then(|| Revived {
            partition: name.clone(),
            mark: self.mark,
            after: fetched.saturating_sub(self.since),
        })
    }
}

impl Silence {
    /// Looks at every assigned partition at `now`, a time since an epoch of the caller's. Returns those that the
    /// broker is to be asked about, and those that give again because they were fetched again.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        views: &[PartitionView],
    ) -> (Vec<PartitionName>, Vec<Revived>) {
        let (mut questions, mut revived) = (Vec::new(), Vec::new());
        let mut known = std::mem::take(&mut self.partitions);
        for view in views {
            let name = (view.stream.clone(), view.partition);
            let before = known.remove(&name);
            let went_on =
                |before: &&SilentPartition| view.mark > before.mark || view.oldest.is_some();
            let moved = before.as_ref().filter(went_on);
            revived.extend(moved.and_then(|before| before.revived(now, &name)));
            if view.oldest.is_some() || view.intake != Intaking::Open {
                continue;
            }
            let mut silent = match before {
                Some(before) if before.mark == view.mark => before,
                _ => SilentPartition::new(now, view.mark),
            };
            if now >= silent.ask_at {
                silent.ask_at = now + LOOK_AGAIN;
                silent.asked = true;
                questions.push(name.clone());
            }
            self.partitions.insert(name, silent);
        }
        (questions, revived)
    }

    /// Takes in what the broker says of a partition. If that is to be fetched again, returns where it stands, and for
    /// which time.
    pub(crate) fn answer(
        &mut self,
        now: Duration,
        name: &PartitionName,
        ends: BrokerEnds,
    ) -> Option<(Option<i64>, u32)> {
        let silent = self.partitions.get_mut(name)?;
        // What was asked before it moved, or before it was fetched again, says nothing.
        if !std::mem::take(&mut silent.asked) {
            return None;
        }
        let next = silent.mark.map_or(ends.low, |mark| mark.max(ends.low));
        if ends.high <= next {
            silent.has_more = false;
            silent.ask_at = now + NOTHING_MORE;
            return None;
        }
        if !std::mem::replace(&mut silent.has_more, true) {
            silent.ask_at = now + LOOK_AGAIN;
            return None;
        }
        silent.has_more = false;
        silent.again += 1;
        silent.fetched_again = Some(now);
        let pause = SILENT_FOR.saturating_mul(1 << silent.again.min(10));
        silent.ask_at = now + pause.min(LONGEST);
        Some((silent.mark, silent.again))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settle::tracker::FlightStage;

    const NAME: &str = "words";

    fn name() -> PartitionName {
        (NAME.into(), 0)
    }

    fn view(mark: Option<i64>) -> PartitionView {
        PartitionView {
            stream: NAME.into(),
            partition: 0,
            mark,
            end: mark,
            oldest: None,
            intake: Intaking::Open,
        }
    }

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Looks every second, and has every question answered with these ends; returns when it is to be fetched again.
    fn fetched_again(
        silence: &mut Silence,
        seconds: std::ops::Range<u64>,
        mark: i64,
        high: i64,
    ) -> Vec<u64> {
        let mut at = Vec::new();
        for now in seconds {
            let (questions, _) = silence.look(s(now), &[view(Some(mark))]);
            for question in questions {
                if silence
                    .answer(s(now), &question, BrokerEnds { low: 0, high })
                    .is_some()
                {
                    at.push(now);
                }
            }
        }
        at
    }

    #[test]
    fn what_the_broker_has_more_of_is_fetched_again_and_less_and_less_often() {
        let mut silence = Silence::default();
        let at = fetched_again(&mut silence, 0..2000, 965, 4164);
        assert_eq!(at, [13, 36, 79, 162, 325, 648, 1251, 1854]);
    }

    #[test]
    fn what_has_nothing_more_is_asked_about_now_and_then() {
        let mut silence = Silence::default();
        assert!(fetched_again(&mut silence, 0..100, 7, 7).is_empty());
        // More comes, and the client does not give it.
        assert_eq!(fetched_again(&mut silence, 100..120, 7, 8), [103]);
    }

    #[test]
    fn one_answer_is_not_enough_and_a_step_begins_again() {
        let mut silence = Silence::default();
        silence.look(s(0), &[view(Some(1))]);
        assert_eq!(silence.look(s(10), &[view(Some(1))]).0, [name()]);
        let more = BrokerEnds { low: 0, high: 9 };
        assert_eq!(silence.answer(s(10), &name(), more), None);
        // It was on its way.
        silence.look(s(11), &[view(Some(4))]);
        assert_eq!(silence.answer(s(11), &name(), more), None);
        assert!(silence.look(s(13), &[view(Some(4))]).0.is_empty());
    }

    #[test]
    fn an_answer_to_an_earlier_question_says_nothing() {
        let mut silence = Silence::default();
        let more = BrokerEnds { low: 0, high: 9 };
        silence.look(s(0), &[view(Some(1))]);
        for now in [1, 2, 3] {
            assert_eq!(silence.answer(s(now), &name(), more), None);
        }
        assert_eq!(silence.look(s(10), &[view(Some(1))]).0, [name()]);
        assert_eq!(silence.answer(s(10), &name(), more), None);
        // Twice to one question.
        assert_eq!(silence.answer(s(11), &name(), more), None);
        assert_eq!(silence.look(s(13), &[view(Some(1))]).0, [name()]);
        assert_eq!(silence.answer(s(13), &name(), more), Some((Some(1), 1)));
    }

    #[test]
    fn what_is_in_hand_or_held_is_not_silent() {
        let mut silence = Silence::default();
        let (mut in_hand, mut held) = (view(Some(1)), view(Some(1)));
        in_hand.oldest = Some(FlightStage::Unstarted);
        held.intake = Intaking::Held;
        for now in 0..100 {
            for view in [&in_hand, &held] {
                assert!(
                    silence
                        .look(s(now), std::slice::from_ref(view))
                        .0
                        .is_empty()
                );
            }
        }
    }

    #[test]
    fn a_beginning_without_a_number_counts_from_the_first_offset_that_is_there() {
        for (low, high, expected) in [(0, 0, false), (5, 5, false), (0, 5, true), (5, 9, true)] {
            let mut silence = Silence::default();
            let mut again = false;
            for now in 0..20 {
                for question in silence.look(s(now), &[view(None)]).0 {
                    again |= silence
                        .answer(s(now), &question, BrokerEnds { low, high })
                        .is_some();
                }
            }
            assert_eq!(again, expected, "{low} {high}");
        }
    }

    #[test]
    fn it_is_told_when_it_helped() {
        let mut silence = Silence::default();
        assert_eq!(fetched_again(&mut silence, 0..15, 965, 4164), [13]);
        let (_, revived) = silence.look(s(16), &[view(Some(1200))]);
        let expected = Revived {
            partition: name(),
            mark: Some(965),
            after: s(13),
        };
        assert_eq!(revived, [expected]);
        assert!(silence.look(s(17), &[view(Some(1300))]).1.is_empty());
        // What comes long after it comes by itself.
        let mut silence = Silence::default();
        assert_eq!(fetched_again(&mut silence, 0..25, 965, 4164), [13]);
        assert!(silence.look(s(26), &[view(Some(1200))]).1.is_empty());
    }
}
