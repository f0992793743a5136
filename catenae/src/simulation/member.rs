//! A model of an instance: a real tracker, and what the engine does around it.

mod handling;
mod taking;

use std::collections::VecDeque;
use std::sync::Arc;

use super::broker::{Broker, Content, Place};
use super::client::Client;
use super::lane::Lane;
use super::mutant::Mutant;
use super::plan::Plan;
use crate::settle::tracker::{FlightStage, InFlightCounters, PartitionId, Slot, Tracker};

/// What the group tells a member; it hears of it when its reader polls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A partition is its own now, in this epoch of the partition.
    Assign(usize, u64),
    /// It is asked to give a partition back.
    Revoke(usize),
    /// It was taken away already.
    Lost(usize),
}

/// An output in the producer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) slot: Option<Slot>,
    pub(super) place: Place,
    pub(super) content: Content,
}

/// A delivery report that the tracker has not seen yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) slot: Option<Slot>,
    pub(super) delivered: bool,
}

/// How far a member is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// Nothing is taken any more; what is in hand is finished.
    Draining,
    /// Outputs are waited for.
    Flushing,
}

/// One assigned partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assigned {
    pub(super) epoch: u64,
    /// Up to where the client has read.
    pub(super) position: usize,
    /// To be committed.
    pub(super) stored: Option<usize>,
}

/// One instance.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: usize,
    pub(super) tracker: Tracker,
    pub(super) ledger: Arc<InFlightCounters>,
    pub(super) phase: Phase,
    /// By partition: counts the ends of assignments.
    pub(super) generations: Vec<u32>,
    pub(super) assigned: Vec<Option<Assigned>>,
    /// Where the last assignment of a partition had come to.
    pub(super) stale: Vec<usize>,
    /// The partition that is being given back: the reader waits for what is in hand.
    pub(super) revoking: Option<usize>,
    pub(super) events: VecDeque<Event>,
    /// By input: whether it reads it.
    pub(super) reads: Vec<bool>,
    pub(super) client: Client,
    pub(super) lanes: Vec<Lane>,
    pub(super) queues: Vec<VecDeque<Output>>,
    /// An output of it was not delivered, and so those behind it are not either.
    pub(super) broken: Vec<bool>,
    pub(super) reports: Vec<Report>,
    pub(super) mutant: Option<Mutant>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    Succeeded,
    ToBeRetried,
    GivenUp,
}

impl Member {
    pub(super) fn new(id: usize, plan: &Plan, mutant: Option<Mutant>) -> Self {
        let tracker = Tracker::new(u32::try_from(plan.slots).expect("small"));
        Self {
            id,
            ledger: tracker.counters(),
            tracker,
            phase: Phase::Running,
            generations: vec![0; plan.partitions],
            assigned: vec![None; plan.partitions],
            stale: vec![0; plan.partitions],
            revoking: None,
            events: VecDeque::new(),
            reads: (0..plan.inputs)
                .map(|input| input < plan.first_inputs)
                .collect(),
            client: Client::default(),
            lanes: (0..plan.lanes).map(|_| Lane::new(plan)).collect(),
            queues: vec![VecDeque::new(); plan.queues],
            broken: vec![false; plan.queues],
            reports: Vec::new(),
            mutant,
        }
    }

    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Hears the next thing that the group has to say.
    pub(super) fn hear(&mut self, broker: &Broker, plan: &Plan) {
        match self.events.pop_front() {
            Some(Event::Assign(partition, epoch)) => {
                self.tracker.assign(id(partition));
                self.client.lead(plan.input_of(partition), plan);
                let mut position = broker.committed[partition];
                if self.is(Mutant::StaleStart) {
                    position = position.max(self.stale[partition]);
                }
                self.assigned[partition] = Some(Assigned {
                    epoch,
                    position,
                    stored: None,
                });
            }
            Some(Event::Revoke(partition)) if self.assigned[partition].is_some() => {
                self.generations[partition] += 1;
                self.revoking = Some(partition);
            }
            Some(Event::Lost(partition)) => {
                self.generations[partition] += 1;
                self.forget(partition);
            }
            Some(Event::Revoke(_)) | None => {}
        }
    }

    fn forget(&mut self, partition: usize) {
        self.tracker.revoke(id(partition));
        self.client.forget(partition);
        if let Some(assigned) = self.assigned[partition].take() {
            self.stale[partition] = assigned.position;
        }
    }

    /// Whether nothing of the partition that is given back is in hand any more.
    pub(super) fn has_drained(&self, partition: usize) -> bool {
        !self.tracker.has_in_hand(&[id(partition)])
    }

    /// Gives a partition back, drained or not.
    pub(super) fn give_back(
        &mut self,
        partition: usize,
        broker: &mut Broker,
    ) -> Result<(), String> {
        self.revoking = None;
        self.store(partition);
        self.commit(partition, broker)?;
        if let Some(assigned) = self.assigned[partition] {
            broker.take_back(partition, self.id, assigned.epoch);
        }
        self.forget(partition);
        Ok(())
    }

    /// Moves the watermark of a partition.
    pub(super) fn store(&mut self, partition: usize) {
        let Some(assigned) = &mut self.assigned[partition] else {
            return;
        };
        if let Some(watermark) = self.tracker.advance(id(partition)) {
            let next = usize::try_from(watermark.next_offset).expect("an offset");
            let next = next + usize::from(self.mutant == Some(Mutant::PlusOneTwice));
            assigned.stored = Some(next.max(assigned.stored.unwrap_or(0)));
        }
    }

    /// Whether the watermark of a partition could move.
    pub(super) fn could_store(&self, partition: usize) -> bool {
        matches!(
            self.tracker.oldest(id(partition)),
            Some((_, FlightStage::Started(0)))
        )
    }

    /// Commits what is stored of a partition.
    pub(super) fn commit(&mut self, partition: usize, broker: &mut Broker) -> Result<(), String> {
        let Some(assigned) = &mut self.assigned[partition] else {
            return Ok(());
        };
        match assigned.stored.take() {
            Some(next) => broker.commit(self.id, assigned.epoch, partition, next),
            None => Ok(()),
        }
    }

    /// A delivery report is looked at.
    pub(super) fn report(&mut self, index: usize) {
        let report = self.reports.swap_remove(index);
        if report.delivered || self.is(Mutant::FailureSettles) {
            if let Some(slot) = report.slot {
                self.ledger.settle_one(slot);
            }
        } else {
            self.stop();
        }
    }

    /// It takes nothing more, and ends.
    pub(super) fn stop(&mut self) {
        if self.phase == Phase::Running {
            self.phase = Phase::Draining;
        }
    }

    /// Its last commit.
    pub(super) fn close(&mut self, broker: &mut Broker) -> Result<(), String> {
        if self.is(Mutant::FlushSkipped) {
            let queued = self.queues.iter_mut().flat_map(|queue| queue.drain(..));
            let slots: Vec<Slot> = queued.filter_map(|output| output.slot).collect();
            for slot in slots {
                self.ledger.settle_one(slot);
            }
        }
        for partition in 0..self.assigned.len() {
            self.store(partition);
            self.commit(partition, broker)?;
        }
        Ok(())
    }

    /// Whether nothing is under way in it.
    pub(super) fn is_at_rest(&self) -> bool {
        self.lanes.iter().all(Lane::is_at_rest) && self.has_flushed()
    }

    /// Whether every report is in.
    pub(super) fn has_flushed(&self) -> bool {
        self.queues.iter().all(VecDeque::is_empty) && self.reports.is_empty()
    }
}

fn id(partition: usize) -> PartitionId {
    PartitionId(u32::try_from(partition).expect("small"))
}
