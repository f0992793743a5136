//! The tracker against tables and against a naive model under random schedules.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const P: PartitionId = PartitionId(0);

fn tracker(capacity: u32) -> (Tracker, Arc<InFlightCounters>) {
    let mut tracker = Tracker::new(capacity);
    tracker.assign(P);
    let counters = tracker.counters();
    (tracker, counters)
}

fn next(watermark: Option<Watermark>) -> Option<i64> {
    watermark.map(|watermark| watermark.next_offset)
}

#[test]
fn the_watermark_waits_for_the_oldest_electron() {
    let (mut tracker, counters) = tracker(8);
    let slots: Vec<Slot> = [10, 11, 20]
        .iter()
        .map(|offset| tracker.track(P, *offset, 1).expect("room"))
        .collect();
    for slot in &slots {
        counters.start(*slot);
    }
    assert!(counters.settle_one(slots[1]));
    assert_eq!(next(tracker.advance(P)), None);
    assert!(counters.settle_one(slots[0]));
    assert_eq!(
        tracker.advance(P),
        Some(Watermark {
            next_offset: 12,
            electrons: 2,
            bytes: 2
        }),
        "offsets 10 and 11 are settled, 20 is not"
    );
    assert!(counters.settle_one(slots[2]));
    assert_eq!(next(tracker.advance(P)), Some(21));
}

#[test]
fn an_electron_waits_for_every_output() {
    let (mut tracker, counters) = tracker(8);
    let slot = tracker.track(P, 5, 1).expect("room");
    counters.start(slot);
    counters.add_output(slot);
    counters.add_output(slot);
    assert!(!counters.settle_one(slot));
    assert!(!counters.settle_one(slot));
    assert_eq!(next(tracker.advance(P)), None);
    assert!(counters.settle_one(slot));
    assert_eq!(next(tracker.advance(P)), Some(6));
}

#[test]
fn an_electron_that_no_lane_started_is_never_settled() {
    let (mut tracker, counters) = tracker(8);
    let first = tracker.track(P, 0, 1).expect("room");
    let second = tracker.track(P, 1, 1).expect("room");
    counters.start(second);
    counters.settle_one(second);
    assert_eq!(next(tracker.advance(P)), None);
    assert!(
        !tracker.has_in_hand(&[P]),
        "unstarted work holds no revocation up"
    );
    counters.abandon(first);
    assert_eq!(next(tracker.advance(P)), None, "abandoned is not settled");
}

#[test]
fn a_late_report_of_a_former_assignment_changes_nothing() {
    let (mut tracker, counters) = tracker(2);
    let late = tracker.track(P, 7, 1).expect("room");
    counters.start(late);
    tracker.revoke(P);
    tracker.assign(P);
    let fresh = tracker.track(P, 3, 1).expect("room");
    assert_ne!(fresh, late);
    assert!(
        !tracker.has_room(1),
        "the late slot is not used again while its report is out"
    );
    assert!(counters.settle_one(late));
    assert_eq!(next(tracker.advance(P)), None);
    assert!(tracker.has_room(1), "now it is");
    counters.start(fresh);
    counters.settle_one(fresh);
    assert_eq!(next(tracker.advance(P)), Some(4));
}

#[test]
fn a_settled_electron_is_over_also_when_its_slot_is_in_use_again() {
    let (mut tracker, counters) = tracker(1);
    let slot = tracker.track(P, 0, 1).expect("room");
    counters.start(slot);
    assert!(!counters.is_over(slot), "the handler runs");
    counters.settle_one(slot);
    assert!(counters.is_over(slot));
    assert_eq!(next(tracker.advance(P)), Some(1));
    assert_eq!(
        tracker.track(P, 1, 1),
        Some(slot),
        "the only slot is used again"
    );
    assert!(
        counters.is_over(slot),
        "who waits for the first electron must see that it is over"
    );
}

#[test]
fn what_is_next_is_behind_the_last_that_was_taken() {
    let (mut tracker, counters) = tracker(8);
    assert_eq!(tracker.next_offset(PartitionId(9)), None);
    assert_eq!(tracker.next_offset(P), None);
    let slot = tracker.track(P, 4, 1).expect("room");
    assert!(tracker.track(P, 7, 1).is_some());
    assert_eq!(tracker.next_offset(P), Some(8), "whatever is settled");
    counters.start(slot);
    counters.settle_one(slot);
    assert_eq!(next(tracker.advance(P)), Some(5));
    assert_eq!(tracker.next_offset(P), Some(8));
    tracker.assign(P);
    assert_eq!(tracker.next_offset(P), None, "it begins elsewhere");
}

#[test]
fn a_full_ledger_and_a_foreign_partition_take_nothing() {
    let (mut tracker, _ledger) = tracker(1);
    assert_eq!(tracker.track(PartitionId(9), 0, 1), None);
    assert!(tracker.track(P, 0, 1).is_some());
    assert!(!tracker.has_room(1));
    assert_eq!(tracker.track(P, 1, 1), None);
}

#[test]
fn an_electron_that_waits_is_neither_settled_nor_in_hand() {
    let (mut tracker, counters) = tracker(8);
    let slot = tracker.track(P, 5, 1).expect("room");
    counters.start(slot);
    counters.add_output(slot);
    assert!(tracker.has_in_hand(&[P]));
    counters.wait(slot);
    assert!(
        !tracker.has_in_hand(&[P]),
        "a revocation does not wait for it"
    );
    assert!(
        !counters.settle_one(slot),
        "the report of an attempt that failed"
    );
    assert_eq!(next(tracker.advance(P)), None);
    counters.resume(slot);
    assert!(tracker.has_in_hand(&[P]));
    assert_eq!(
        next(tracker.advance(P)),
        None,
        "the handler's one is still counted"
    );
    assert!(counters.settle_one(slot));
    assert_eq!(next(tracker.advance(P)), Some(6));
}

#[test]
fn an_abandoned_electron_never_lets_the_watermark_pass() {
    for waits in [false, true] {
        let (mut tracker, counters) = tracker(1);
        let slot = tracker.track(P, 5, 1).expect("room");
        counters.start(slot);
        counters.add_output(slot);
        if waits {
            counters.wait(slot);
        }
        counters.abandon(slot);
        assert!(!tracker.has_in_hand(&[P]));
        tracker.revoke(P);
        tracker.assign(P);
        assert!(!tracker.has_room(1), "its output is under way");
        assert!(!counters.settle_one(slot), "that is no settlement");
        assert!(tracker.has_room(1), "the last report freed it");
    }
    let (mut tracker, counters) = tracker(1);
    let slot = tracker.track(P, 5, 1).expect("room");
    counters.start(slot);
    counters.abandon(slot);
    assert_eq!(
        next(tracker.advance(P)),
        None,
        "its partition may still be ours"
    );
    assert!(!tracker.has_room(1), "and its place in the queue is taken");
}

#[derive(Clone, Debug)]
enum Step {
    Take { partition: u32, outputs: u32 },
    Settle { pick: usize },
    Abandon { pick: usize },
    Wait { pick: usize },
    Resume { pick: usize },
    Retry { pick: usize, outputs: u32 },
    Advance { partition: u32 },
    Reassign { partition: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3u32, 0..3u32).prop_map(|(partition, outputs)| Step::Take { partition, outputs }),
        6 => any::<usize>().prop_map(|pick| Step::Settle { pick }),
        1 => any::<usize>().prop_map(|pick| Step::Abandon { pick }),
        2 => any::<usize>().prop_map(|pick| Step::Wait { pick }),
        2 => any::<usize>().prop_map(|pick| Step::Resume { pick }),
        1 => (any::<usize>(), 0..3u32).prop_map(|(pick, outputs)| Step::Retry { pick, outputs }),
        3 => (0..3u32).prop_map(|partition| Step::Advance { partition }),
        1 => (0..3u32).prop_map(|partition| Step::Reassign { partition }),
    ]
}

/// Where an electron of the naive model is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    InHand,
    Waiting,
    Done,
    Abandoned,
}

/// What the naive model knows of one electron: its partition's incarnation, where it is, and how many of
/// its outputs are under way.
struct Known {
    slot: Slot,
    partition: u32,
    incarnation: u32,
    offset: i64,
    place: Place,
    outputs: u32,
}

impl Known {
    fn is_settled(&self) -> bool {
        self.place == Place::Done && self.outputs == 0
    }

    /// Whether its slot may be used again, once its partition's incarnation is over.
    fn is_free(&self) -> bool {
        matches!(self.place, Place::Done | Place::Abandoned) && self.outputs == 0
    }
}

/// One of those that `which` holds for.
fn pick(known: &mut [Known], pick: usize, which: impl Fn(&Known) -> bool) -> Option<&mut Known> {
    let mut fit: Vec<&mut Known> = known.iter_mut().filter(|known| which(known)).collect();
    let index = pick.checked_rem(fit.len())?;
    Some(fit.swap_remove(index))
}

const CAPACITY: u32 = 16;

proptest! {
    #[test]
    fn the_watermark_is_that_of_a_naive_model(steps in prop::collection::vec(step(), 1..200)) {
        let mut tracker = Tracker::new(CAPACITY);
        let counters = tracker.counters();
        let mut incarnations: BTreeMap<u32, u32> = (0..3).map(|partition| (partition, 0)).collect();
        for partition in incarnations.keys() {
            tracker.assign(PartitionId(*partition));
        }
        let mut known: Vec<Known> = Vec::new();
        let mut offset = 0;
        let mut reached: BTreeMap<u32, i64> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Take { partition, outputs } => {
                    offset += 1 + i64::from(outputs);
                    let taken = known
                        .iter()
                        .filter(|k| {
                            let passed = reached.get(&k.partition).is_some_and(|at| k.offset < *at);
                            let is_current = k.incarnation == incarnations[&k.partition];
                            if is_current { !passed } else { !k.is_free() }
                        })
                        .count();
                    prop_assert_eq!(tracker.has_room(1), taken < CAPACITY as usize);
                    if !tracker.has_room(1) {
                        continue;
                    }
                    let slot = tracker.track(PartitionId(partition), offset, 1).expect("room");
                    counters.start(slot);
                    (0..outputs).for_each(|_| counters.add_output(slot));
                    let (incarnation, place) = (incarnations[&partition], Place::InHand);
                    known.push(Known { slot, partition, incarnation, offset, place, outputs });
                }
                // A report of an output, or the end of the handler: in turn, as they come.
                Step::Settle { pick: n } => {
                    if n % 2 == 0 {
                        if let Some(known) = pick(&mut known, n / 2, |k| k.outputs > 0) {
                            known.outputs -= 1;
                            prop_assert_eq!(counters.settle_one(known.slot), known.is_settled());
                        }
                    } else if let Some(known) = pick(&mut known, n / 2, |k| k.place == Place::InHand) {
                        known.place = Place::Done;
                        prop_assert_eq!(counters.settle_one(known.slot), known.is_settled());
                    }
                }
                Step::Abandon { pick: n } => {
                    let held = |k: &Known| matches!(k.place, Place::InHand | Place::Waiting);
                    if let Some(known) = pick(&mut known, n, held) {
                        known.place = Place::Abandoned;
                        counters.abandon(known.slot);
                    }
                }
                Step::Wait { pick: n } => {
                    if let Some(known) = pick(&mut known, n, |k| k.place == Place::InHand) {
                        known.place = Place::Waiting;
                        counters.wait(known.slot);
                    }
                }
                Step::Resume { pick: n } => {
                    if let Some(known) = pick(&mut known, n, |k| k.place == Place::Waiting) {
                        known.place = Place::InHand;
                        counters.resume(known.slot);
                    }
                }
                // The next attempt sends its outputs again.
                Step::Retry { pick: n, outputs } => {
                    if let Some(known) = pick(&mut known, n, |k| k.place == Place::InHand) {
                        known.outputs += outputs;
                        (0..outputs).for_each(|_| counters.add_output(known.slot));
                    }
                }
                Step::Advance { partition } => {
                    if let Some(watermark) = tracker.advance(PartitionId(partition)) {
                        reached.insert(partition, watermark.next_offset);
                    }
                    let incarnation = incarnations[&partition];
                    let expected = known
                        .iter()
                        .filter(|k| k.partition == partition && k.incarnation == incarnation)
                        .take_while(|k| k.is_settled())
                        .last()
                        .map(|k| k.offset + 1);
                    prop_assert_eq!(reached.get(&partition).copied(), expected);
                }
                Step::Reassign { partition } => {
                    tracker.revoke(PartitionId(partition));
                    tracker.assign(PartitionId(partition));
                    *incarnations.get_mut(&partition).expect("known") += 1;
                    reached.remove(&partition);
                }
            }
            let all: Vec<PartitionId> = (0..3).map(PartitionId).collect();
            let in_hand = known.iter().any(|k| {
                let here = k.incarnation == incarnations[&k.partition];
                let passed = reached.get(&k.partition).is_some_and(|at| k.offset < *at);
                let open = k.place == Place::InHand || (k.place == Place::Done && k.outputs > 0);
                here && !passed && open
            });
            prop_assert_eq!(tracker.has_in_hand(&all), in_hand);
        }
    }
}
