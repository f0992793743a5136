//! A model of the Kafka client of a member: what it has read of each input, and nobody has taken.

use std::collections::VecDeque;

use super::broker::Place;
use super::plan::Plan;

/// One input's queue.
#[derive(Debug, Default)]
struct ReadAhead {
    messages: VecDeque<Place>,
    /// A lane has no room for more of it.
    is_held: bool,
    /// How much was taken since time last passed.
    burst: usize,
}

/// The queues of a member, one per input, and how often something came where nothing was.
#[derive(Debug, Default)]
pub(super) struct Client {
    queues: Vec<ReadAhead>,
    arrivals: u64,
}

impl Client {
    /// How many inputs have a queue.
    pub(super) fn inputs(&self) -> usize {
        self.queues.len()
    }

    pub(super) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// A partition of an input is assigned: what it has is under way from now on.
    pub(super) fn lead(&mut self, input: usize, plan: &Plan) {
        if self.queues.len() <= input {
            self.queues.resize_with(input + 1, ReadAhead::default);
        }
        self.queues[input].burst = plan.flood;
    }

    /// How much more is read ahead of an input.
    pub(super) fn room(&self, input: usize, plan: &Plan) -> usize {
        plan.read_ahead
            .saturating_sub(self.queues[input].messages.len())
    }

    /// An answer to a fetch.
    pub(super) fn receive(&mut self, input: usize, places: impl Iterator<Item = Place>) {
        let messages = &mut self.queues[input].messages;
        let was_empty = messages.is_empty();
        messages.extend(places);
        self.arrivals += u64::from(was_empty && !messages.is_empty());
    }

    /// Whether something of an input lies here, taken or not.
    pub(super) fn is_empty(&self, input: usize) -> bool {
        let queue = self.queues.get(input);
        queue.is_none_or(|queue| queue.messages.is_empty())
    }

    /// Whether something of an input may be taken.
    pub(super) fn has(&self, input: usize) -> bool {
        !self.is_empty(input) && !self.queues[input].is_held
    }

    /// Whether an input was flooded a moment ago, and there is room for more of it.
    pub(super) fn was_flooded(&self, input: usize, plan: &Plan) -> bool {
        let queue = self.queues.get(input);
        queue.is_some_and(|queue| !queue.is_held && queue.burst >= plan.flood)
    }

    /// Takes a batch of an input.
    pub(super) fn take(&mut self, input: usize, batch: usize) -> Vec<Place> {
        let queue = &mut self.queues[input];
        let count = batch.min(queue.messages.len());
        queue.burst += count;
        queue.messages.drain(..count).collect()
    }

    /// Nothing more of an input is taken until its lanes have room.
    pub(super) fn hold(&mut self, input: usize) {
        self.queues[input].is_held = true;
    }

    /// A lane has room for more of an input.
    pub(super) fn release(&mut self, input: usize) {
        if let Some(queue) = self.queues.get_mut(input) {
            queue.is_held = false;
        }
    }

    /// A partition is not assigned any more: what was read of it is dropped.
    pub(super) fn forget(&mut self, partition: usize) {
        for queue in &mut self.queues {
            queue.messages.retain(|place| place.0 != partition);
        }
    }

    /// Time passes: nothing comes so fast that it is one flood with what came before.
    pub(super) fn pause(&mut self) {
        for queue in &mut self.queues {
            queue.burst = 0;
        }
    }
}
