//! How a member's lanes take electrons: which input is next, a chunk of it, and the batches that fill the inboxes.

use super::{Member, id};
use crate::inputs::Turn;
use crate::simulation::broker::{Broker, Place};
use crate::simulation::lane::{Chunk, Item};
use crate::simulation::mutant::Mutant;
use crate::simulation::plan::Plan;
use crate::simulation::summary::Summary;
use crate::spec::modes::InputMode;

/// What came of the wish for more of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    Done,
    /// Too many electrons are in flight.
    NoRoom,
}

impl Member {
    /// The client gets an answer of the broker for a partition.
    pub(in crate::simulation) fn fetch(&mut self, partition: usize, broker: &Broker, plan: &Plan) {
        let Some(assigned) = &mut self.assigned[partition] else {
            return;
        };
        let input = plan.input_of(partition);
        let from = assigned.position;
        let room = plan.fetch.min(self.client.room(input, plan));
        let to = broker.inputs[partition].len().min(from + room);
        assigned.position = to;
        let places = (from..to).map(|offset| (partition, offset));
        self.client.receive(input, places);
    }

    /// Whether something of an input lies with the client that may be taken now: not while a partition is given back.
    fn has(&self, input: usize) -> bool {
        self.revoking.is_none() && self.client.has(input)
    }

    fn has_room(&self, plan: &Plan) -> bool {
        self.tracker.free_slots() >= plan.batch
    }

    /// Whether the inboxes are filled with an input when a lane asks for it.
    fn could_fill(&self, input: usize, plan: &Plan) -> bool {
        self.has(input) && self.has_room(plan)
    }

    /// Whether a lane that asks for more would find something.
    pub(in crate::simulation) fn could_take(&self, lane: usize, plan: &Plan) -> bool {
        let lane = &self.lanes[lane];
        let filled = lane.inbox.iter().any(|queue| !queue.is_empty());
        filled || (0..self.client.inputs()).any(|input| self.could_fill(input, plan))
    }

    /// A lane asks for more: it takes a chunk of the input whose turn it is, and begins the first of it.
    pub(in crate::simulation) fn take(
        &mut self,
        lane: usize,
        broker: &Broker,
        plan: &Plan,
        summary: &mut Summary,
    ) -> Result<(), String> {
        self.charge(lane);
        self.lanes[lane].widen(self.client.inputs());
        let mut fills = true;
        loop {
            let inbox = &self.lanes[lane].inbox;
            let ready: Vec<bool> = (0..inbox.len())
                .map(|input| !inbox[input].is_empty() || (fills && self.has(input)))
                .collect();
            let comes: Vec<bool> = (0..inbox.len())
                .map(|input| fills && self.comes(input, broker, plan))
                .collect();
            let lies: Vec<bool> = (0..inbox.len())
                .map(|input| !inbox[input].is_empty() || !self.client.is_empty(input))
                .collect();
            let (turn, checked) = self.lanes[lane].pick(&ready, &lies, &comes)?;
            summary.fair = summary.fair.max(checked as u64);
            let input = match turn {
                Turn::Input(input) => input,
                Turn::Waits => {
                    summary.waits += 1;
                    return Ok(());
                }
                Turn::Nobody => return Ok(()),
            };
            if self.lanes[lane].inbox[input].is_empty() {
                fills = self.fill(input, broker, plan, summary) == Filled::Done;
                continue;
            }
            self.take_chunk(lane, input, plan);
            return self.start(lane, broker, plan, summary);
        }
    }

    /// The scheduler is told what the last chunk cost: as many as were begun of it.
    fn charge(&mut self, lane: usize) {
        let Some(last) = self.lanes[lane].chunk.take() else {
            return;
        };
        let is_last = last.input + 1 == self.lanes[lane].inbox.len();
        let cost = match self.mutant {
            Some(Mutant::CostForgotten) => 0.0,
            Some(Mutant::CostHalved) if is_last => last.begun as f64 / 2.0,
            _ => last.begun as f64,
        };
        self.lanes[lane].scheduler.charge(last.input, cost);
    }

    /// Whether more of an input is under way.
    fn comes(&self, input: usize, broker: &Broker, plan: &Plan) -> bool {
        let more = |(partition, length): (usize, usize)| {
            let assigned = self.assigned[partition];
            plan.input_of(partition) == input
                && assigned.is_some_and(|assigned| assigned.position < length)
        };
        let mut lengths = broker.inputs.iter().map(Vec::len).enumerate();
        self.client.was_flooded(input, plan) && lengths.any(more)
    }

    /// Fills the inboxes with a batch of an input.
    fn fill(
        &mut self,
        input: usize,
        broker: &Broker,
        plan: &Plan,
        summary: &mut Summary,
    ) -> Filled {
        if self.lanes.iter().any(|lane| lane.is_full(input)) {
            summary.held += 1;
            self.client.hold(input);
            return Filled::Done;
        }
        if !self.has_room(plan) {
            summary.no_room += 1;
            return Filled::NoRoom;
        }
        for place in self.client.take(input, plan.batch) {
            self.accept(place, broker, plan);
        }
        Filled::Done
    }

    /// An electron gets its place in the tracker and goes to the lane of its key.
    fn accept(&mut self, place: Place, broker: &Broker, plan: &Plan) {
        let (partition, offset) = place;
        let at = i64::try_from(offset).expect("small");
        assert!(self.tracker.has_room(1), "there is room");
        let slot = self.tracker.track(id(partition), at, 1);
        let slot = slot.expect("it is assigned, and there is room");
        if self.is(Mutant::AutoStore)
            && let Some(assigned) = &mut self.assigned[partition]
        {
            assigned.stored = Some(offset + 1);
        }
        let lane = broker.input(place).key % plan.lanes;
        let item = Item {
            slot,
            place,
            generation: self.generations[partition],
        };
        self.lanes[lane].put(plan.input_of(partition), item);
    }

    fn take_chunk(&mut self, lane: usize, input: usize, plan: &Plan) {
        let is_blocked = |input: usize| {
            let full = self.lanes.iter().any(|lane| lane.is_full(input));
            let waits = self.revoking.is_some() || full || !self.has_room(plan);
            waits && !self.client.is_empty(input)
        };
        let blocked = (0..plan.inputs).map(is_blocked).collect();
        let lane = &mut self.lanes[lane];
        let was_full = lane.is_full(input);
        let count = plan.chunk.min(lane.inbox[input].len());
        lane.chunk = Some(Chunk {
            input,
            rest: lane.inbox[input].drain(..count).collect(),
            begun: 0,
            arrivals: self.client.arrivals() + lane.fills,
            blocked,
        });
        let made_room = was_full && !lane.is_full(input);
        if made_room && !self.is(Mutant::RoomNotTold) {
            self.client.release(input);
        }
    }

    /// A lane begins the next electron of its chunk; or puts the rest back, since something came where nothing was.
    pub(in crate::simulation) fn start(
        &mut self,
        lane: usize,
        broker: &Broker,
        plan: &Plan,
        summary: &mut Summary,
    ) -> Result<(), String> {
        let keeps = self.is(Mutant::ChunkKept);
        let own = &mut self.lanes[lane];
        let arrivals = self.client.arrivals() + own.fills;
        let Some(chunk) = &mut own.chunk else {
            return Ok(());
        };
        if chunk.begun > 0 && chunk.arrivals != arrivals && !keeps {
            summary.yields += 1;
            own.put_back();
            return Ok(());
        }
        let Some(item) = chunk.rest.pop_front() else {
            return Ok(());
        };
        chunk.begun += 1;
        let input = chunk.input;
        own.fairness.begin(input)?;
        self.check_urgency(lane, input, plan)?;
        self.begin(lane, item, broker);
        Ok(())
    }

    /// In `strict` mode, nothing is begun while something more urgent could be. What the client had and nobody could take
    /// when the lane took its chunk may still lie there.
    fn check_urgency(&self, lane: usize, input: usize, plan: &Plan) -> Result<(), String> {
        let own = &self.lanes[lane];
        let Some(chunk) = own.chunk.as_ref() else {
            return Ok(());
        };
        let waits = |more: &usize| {
            let is_takable = !self.client.is_empty(*more) && !chunk.blocked[*more];
            !own.inbox[*more].is_empty() || is_takable
        };
        match (0..input).find(waits) {
            Some(more) if plan.mode == InputMode::Strict => Err(format!(
                "strict: lane {lane} of member {} begins one of input {input}, and {more} has something",
                self.id
            )),
            _ => Ok(()),
        }
    }
}
