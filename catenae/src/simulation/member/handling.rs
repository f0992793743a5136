//! What a member's lanes do with an electron, and what becomes of it when it fails.

use std::time::Duration;

use super::{Attempt, Member, Output, Phase, id};
use crate::outcome::{OnError, RetryWait, Verdict};
use crate::simulation::broker::{Broker, Content};
use crate::simulation::lane::{InHand, Item, Lane};
use crate::simulation::mutant::Mutant;
use crate::simulation::plan::Plan;

impl Member {
    /// A lane takes an electron in hand, parks it behind its key, or drops it.
    pub(super) fn begin(&mut self, lane: usize, item: Item, broker: &Broker) {
        let stale = |item: &Item| self.generations[item.place.0] != item.generation;
        let lane = &mut self.lanes[lane];
        self.ledger.start(item.slot);
        if stale(&item) && self.mutant != Some(Mutant::NoGenerationCheck) {
            return self.ledger.abandon(item.slot);
        }
        let hand = InHand {
            item,
            failed: 0,
            due: None,
            line: None,
        };
        let key = broker.input(item.place).key_bytes();
        let key = key.as_ref().map(<[u8; 1]>::as_slice);
        match lane.lot.queue_of(id(item.place.0), key) {
            Some(line) if self.mutant != Some(Mutant::Overtaking) => {
                self.ledger.wait(item.slot);
                lane.lot.follow(line, hand, 1);
            }
            _ => lane.hand = Some(hand),
        }
    }

    /// A lane looks at what it has parked: drops what is stale, and takes one that is due in hand.
    pub(in crate::simulation) fn take_due(&mut self, lane: usize, now: Duration) {
        let generations = &self.generations;
        let stale = |hand: &InHand| generations[hand.item.place.0] != hand.item.generation;
        let lane = &mut self.lanes[lane];
        for hand in lane.lot.take_if(stale) {
            self.ledger.abandon(hand.item.slot);
        }
        if let Some((line, mut hand, _)) = lane.lot.take_due(now) {
            self.ledger.resume(hand.item.slot);
            (hand.line, hand.due) = (Some(line), None);
            lane.hand = Some(hand);
        }
    }

    /// A lane that waits for a retry learns that nobody wants it any more.
    pub(in crate::simulation) fn leave(&mut self, lane: usize, now: Duration) {
        if let Some(hand) = self.lanes[lane].hand.take() {
            self.ledger.abandon(hand.item.slot);
            self.over(lane, hand, now);
        }
    }

    /// Whether a lane waits for the retry of an electron that nobody wants any more.
    pub(in crate::simulation) fn waits_in_vain(&self, lane: &Lane) -> bool {
        lane.hand.is_some_and(|hand| {
            let stale = self.generations[hand.item.place.0] != hand.item.generation;
            hand.due.is_some() && (stale || self.phase != Phase::Running)
        })
    }

    fn over(&mut self, lane: usize, hand: InHand, now: Duration) {
        if let Some(line) = hand.line {
            self.lanes[lane].lot.over(line, now);
        }
    }

    /// The function returns.
    pub(in crate::simulation) fn finish(
        &mut self,
        lane: usize,
        now: Duration,
        draw: u64,
        broker: &mut Broker,
        plan: &Plan,
    ) -> Attempt {
        let mut hand = self.lanes[lane].hand.take().expect("in hand");
        let item = hand.item;
        let input = broker.input(item.place);
        let fails = hand.failed < input.fails;
        if fails && self.mutant != Some(Mutant::RetryForgotten) {
            hand.failed += 1;
            for n in 0..input.sent_before {
                self.send(item, Content::Output(n), input.key + n);
            }
            return self.failed(lane, hand, now, draw, broker, plan);
        }
        if !fails {
            for n in 0..input.outputs {
                self.send(item, Content::Output(n), input.key + n);
            }
            broker.note_handled(item.place);
        }
        self.ledger.settle_one(item.slot);
        self.over(lane, hand, now);
        Attempt::Succeeded
    }

    fn failed(
        &mut self,
        lane: usize,
        mut hand: InHand,
        now: Duration,
        draw: u64,
        broker: &mut Broker,
        plan: &Plan,
    ) -> Attempt {
        let (item, input) = (hand.item, broker.input(hand.item.place));
        let slot = item.slot;
        match plan.policy.decide(input.kind, hand.failed, draw) {
            Verdict::Retry { after, waiting } => {
                let most = plan.policy.retry.map_or(0, |retry| retry.max);
                assert!(hand.failed <= most, "tried once too often: {input:?}");
                if waiting == RetryWait::InPlace {
                    hand.due = Some(now + after);
                    self.lanes[lane].hand = Some(hand);
                    return Attempt::ToBeRetried;
                }
                self.ledger.wait(slot);
                let lot = &mut self.lanes[lane].lot;
                match hand.line {
                    Some(line) => lot.again(line, hand, 1, now + after),
                    None => {
                        let key = input.key_bytes();
                        let key = key.as_ref().map(<[u8; 1]>::as_slice);
                        lot.park(id(item.place.0), key, hand, 1, now + after);
                    }
                }
                return Attempt::ToBeRetried;
            }
            Verdict::Fail | Verdict::Leave => {
                self.ledger.abandon(slot);
                self.over(lane, hand, now);
                self.stop();
                return Attempt::GivenUp;
            }
            Verdict::Skip => {
                broker.given_up.insert(item.place, OnError::Skip);
            }
            Verdict::DeadLetter => {
                self.send(item, Content::DeadLetter, item.place.0);
                broker.given_up.insert(item.place, OnError::DeadLetter);
            }
        }
        self.ledger.settle_one(slot);
        self.over(lane, hand, now);
        Attempt::GivenUp
    }

    /// What still waits in the lanes of a member that stops stays unsettled.
    pub(in crate::simulation) fn leave_lots(&mut self) {
        for lane in &mut self.lanes {
            for hand in lane.lot.take_if(|_| true) {
                self.ledger.abandon(hand.item.slot);
            }
        }
    }

    fn send(&mut self, item: Item, content: Content, queue: usize) {
        let settles = !self.is(Mutant::StoreBeforeReport);
        if settles {
            self.ledger.add_output(item.slot);
        }
        let queue = queue % self.queues.len();
        self.queues[queue].push_back(Output {
            slot: settles.then_some(item.slot),
            place: item.place,
            content,
        });
    }
}
