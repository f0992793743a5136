//! A model of a lane: its inbox with a real scheduler, the electron it has in hand, and real retry queues.

use std::collections::VecDeque;
use std::time::Duration;

use super::broker::Place;
use super::fairness::Fairness;
use super::plan::Plan;
use crate::inputs::{Look, Scheduler, Turn};
use crate::lane::retry_queues::{KeyQueueId, RetryQueues};
use crate::settle::tracker::Slot;

/// An electron on its way to a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) slot: Slot,
    pub(super) place: Place,
    /// The assignment it came with.
    pub(super) generation: u32,
}

/// An electron in hand, or parked.
#[derive(Clone, Copy, Debug)]
pub(super) struct InHand {
    pub(super) item: Item,
    /// Attempts that failed.
    pub(super) failed: u32,
    /// When the next attempt is due, while the lane waits for it.
    pub(super) due: Option<Duration>,
    /// The line it was taken from.
    pub(super) line: Option<KeyQueueId>,
}

/// What a lane took at once, all of one input.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) input: usize,
    pub(super) rest: VecDeque<Item>,
    pub(super) begun: usize,
    /// How many arrivals there were when it was taken.
    pub(super) arrivals: u64,
    /// Inputs of which the client had something then that could not be taken.
    pub(super) blocked: Vec<bool>,
}

/// One lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// By input stream.
    pub(super) inbox: Vec<VecDeque<Item>>,
    /// How much of one input the inbox has room for.
    room: usize,
    pub(super) scheduler: Scheduler,
    pub(super) fairness: Fairness,
    /// The last one stays until the next is taken: what it cost is told then.
    pub(super) chunk: Option<Chunk>,
    /// How often something came where nothing was, of another input than that of the chunk.
    pub(super) fills: u64,
    pub(super) hand: Option<InHand>,
    pub(super) lot: RetryQueues<InHand>,
}

impl Lane {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut inbox = Vec::new();
        inbox.resize_with(plan.first_inputs, VecDeque::new);
        Self {
            inbox,
            room: plan.inbox,
            scheduler: plan.scheduler(plan.first_inputs),
            fairness: Fairness::new(plan, plan.first_inputs),
            chunk: None,
            fills: 0,
            hand: None,
            lot: RetryQueues::new(),
        }
    }

    /// Inputs may come while it runs.
    pub(super) fn widen(&mut self, inputs: usize) {
        if self.inbox.len() < inputs {
            self.inbox.resize_with(inputs, VecDeque::new);
            self.scheduler.resize(inputs);
            self.fairness.resize(inputs);
        }
    }

    pub(super) fn put(&mut self, input: usize, item: Item) {
        self.widen(input + 1);
        let works_on_another = self
            .chunk
            .as_ref()
            .is_some_and(|chunk| chunk.input != input);
        if works_on_another && self.inbox[input].is_empty() {
            self.fills += 1;
        }
        self.inbox[input].push_back(item);
    }

    /// Whether there is no room for more of an input.
    pub(super) fn is_full(&self, input: usize) -> bool {
        let queue = self.inbox.get(input);
        queue.is_some_and(|queue| queue.len() >= self.room)
    }

    /// Whose turn it is; and of how many electrons the shares were checked.
    pub(super) fn pick(
        &mut self,
        ready: &[bool],
        lies: &[bool],
        comes: &[bool],
    ) -> Result<(Turn, usize), String> {
        let owed: Vec<bool> = lies
            .iter()
            .zip(comes)
            .map(|(lies, comes)| *lies || *comes)
            .collect();
        let checked = self.fairness.look(ready, &owed)?;
        let turn = self.scheduler.pick(&Look {
            ready: &|input| ready[input],
            lies: &|input| lies[input],
            comes: &|input| comes[input],
        });
        Ok((turn, checked))
    }

    /// Whether it has something of a chunk left.
    pub(super) fn has_rest(&self) -> bool {
        self.chunk
            .as_ref()
            .is_some_and(|chunk| !chunk.rest.is_empty())
    }

    /// The rest of a chunk goes back to where it was.
    pub(super) fn put_back(&mut self) {
        if let Some(chunk) = &mut self.chunk {
            for item in chunk.rest.drain(..).rev() {
                self.inbox[chunk.input].push_front(item);
            }
        }
    }

    /// When something of it is due next that waits for its time.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let in_hand = self.hand.and_then(|hand| hand.due);
        in_hand.into_iter().chain(self.lot.next_due()).min()
    }

    /// Whether it has something parked that is due, or that nobody wants any more.
    pub(super) fn has_due(&self, now: Duration) -> bool {
        self.lot.next_due().is_some_and(|due| due <= now)
    }

    pub(super) fn is_at_rest(&self) -> bool {
        let is_empty = self.inbox.iter().all(VecDeque::is_empty);
        self.hand.is_none() && self.lot.is_empty() && !self.has_rest() && is_empty
    }
}
