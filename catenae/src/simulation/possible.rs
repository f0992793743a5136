//! What may happen next.

use std::time::Duration;

use super::broker::Broker;
use super::lane::Lane;
use super::member::{Member, Phase};
use super::plan::Plan;

/// One step. Members are named by their place in the list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A producer elsewhere writes an input.
    Append,
    /// A new member joins.
    Join,
    /// A free partition is given to a member.
    Assign(usize, usize),
    /// An input is added to a member.
    AddInput(usize, usize),
    /// The client of a member gets some records of a partition.
    Fetch(usize, usize),
    /// It hears what the group says.
    Hear(usize),
    /// It gives the partition back that it was asked for.
    GiveBack(usize),
    Store(usize, usize),
    Commit(usize, usize),
    /// A lane asks for more.
    Take(usize, usize),
    /// It begins the next electron of what it took.
    Start(usize, usize),
    /// A lane looks at what it has parked.
    TakeDue(usize, usize),
    /// A lane stops to wait for a retry that nobody wants any more.
    LeaveRetry(usize, usize),
    /// Its function returns.
    Finish(usize, usize),
    /// Time passes until the next retry is due.
    Time,
    /// The oldest output of a queue reaches the broker.
    Deliver(usize, usize),
    /// A delivery report is looked at, whichever comes first.
    Report(usize),
    /// A member that stops has nothing in hand any more, or no time left.
    EndDrain(usize),
    /// Every report is in, or there is no time left: it commits and leaves.
    Leave(usize),
    Fault(Fault),
}

/// A step that is a fault.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A member is stopped.
    Stop(usize),
    /// Its process ends.
    Crash(usize),
    /// A partition is to move.
    Revoke(usize),
    /// An input is removed from a member.
    RemoveInput(usize, usize),
    /// A partition is taken away without asking.
    Lose(usize),
    /// The outputs of a queue are not delivered, though the first may have arrived.
    FailDelivery(usize, usize),
}

/// What there is, to see what may happen.
pub(super) struct Possible<'w> {
    pub(super) plan: &'w Plan,
    pub(super) broker: &'w Broker,
    pub(super) members: &'w [Member],
    pub(super) to_append: usize,
    pub(super) faults: bool,
    pub(super) now: Duration,
}

impl Possible<'_> {
    /// What happens without a fault.
    pub(super) fn list(&self, steps: &mut Vec<Step>) {
        if self.to_append > 0 {
            steps.push(Step::Append);
        }
        if self.members.len() < self.plan.members && (self.faults || self.members.is_empty()) {
            steps.push(Step::Join);
        }
        for (partition, owner) in self.broker.owner.iter().enumerate() {
            if owner.is_none() {
                let input = self.plan.input_of(partition);
                let reads = |m: &usize| {
                    let member = &self.members[*m];
                    member.phase == Phase::Running && member.reads[input]
                };
                let readers = (0..self.members.len()).filter(reads);
                steps.extend(readers.map(|m| Step::Assign(partition, m)));
            }
        }
        for (m, member) in self.members.iter().enumerate() {
            self.list_group(m, member, steps);
            self.list_lanes(m, member, steps);
            self.list_outputs(m, member, steps);
        }
        if self.next_due().is_some() {
            steps.push(Step::Time);
        }
    }

    /// When the next electron is due that waits for its time.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let lanes = self.members.iter().flat_map(|member| &member.lanes);
        let due = lanes.filter_map(Lane::next_due);
        due.filter(|due| *due > self.now).min()
    }

    /// Whether a member may run out of time.
    fn is_late(&self) -> bool {
        self.faults && !self.plan.gentle
    }

    fn list_group(&self, m: usize, member: &Member, steps: &mut Vec<Step>) {
        let running = member.phase == Phase::Running;
        let polls = member.revoking.is_none();
        if polls && !member.events.is_empty() {
            steps.push(Step::Hear(m));
        }
        if member
            .revoking
            .is_some_and(|partition| member.has_drained(partition) || self.is_late())
        {
            steps.push(Step::GiveBack(m));
        }
        for (input, reads) in member.reads.iter().enumerate() {
            if running && !reads {
                steps.push(Step::AddInput(m, input));
            }
        }
        for (partition, assigned) in member.assigned.iter().enumerate() {
            let Some(assigned) = assigned else { continue };
            let more = assigned.position < self.broker.inputs[partition].len();
            let input = self.plan.input_of(partition);
            if running && more && member.client.room(input, self.plan) > 0 {
                steps.push(Step::Fetch(m, partition));
            }
            if polls && member.could_store(partition) {
                steps.push(Step::Store(m, partition));
            }
            if polls && assigned.stored.is_some() {
                steps.push(Step::Commit(m, partition));
            }
        }
    }

    fn list_lanes(&self, m: usize, member: &Member, steps: &mut Vec<Step>) {
        for (l, lane) in member.lanes.iter().enumerate() {
            if member.waits_in_vain(lane) {
                steps.push(Step::LeaveRetry(m, l));
            }
            match lane.hand {
                Some(hand) if hand.due.is_none_or(|due| due <= self.now) => {
                    steps.push(Step::Finish(m, l));
                }
                None if member.phase == Phase::Running => {
                    if lane.has_rest() {
                        steps.push(Step::Start(m, l));
                    } else if member.could_take(l, self.plan) {
                        steps.push(Step::Take(m, l));
                    }
                    if lane.has_due(self.now) {
                        steps.push(Step::TakeDue(m, l));
                    }
                }
                _ => {}
            }
        }
    }

    fn list_outputs(&self, m: usize, member: &Member, steps: &mut Vec<Step>) {
        let queues = 0..member.queues.len();
        let filled = queues.filter(|queue| !member.queues[*queue].is_empty());
        steps.extend(filled.map(|queue| Step::Deliver(m, queue)));
        if !member.reports.is_empty() {
            steps.push(Step::Report(m));
        }
        let idle = member.lanes.iter().all(|lane| lane.hand.is_none());
        let late = self.is_late();
        match member.phase {
            Phase::Draining if idle || late => steps.push(Step::EndDrain(m)),
            Phase::Flushing if member.has_flushed() || late => steps.push(Step::Leave(m)),
            _ => {}
        }
    }

    /// What goes wrong.
    pub(super) fn list_faults(&self, steps: &mut Vec<Step>) {
        for (m, member) in self.members.iter().enumerate() {
            steps.push(Step::Fault(Fault::Stop(m)));
            if member.phase == Phase::Running {
                let read = (0..self.plan.inputs).filter(|input| member.reads[*input]);
                steps.extend(read.map(|input| Step::Fault(Fault::RemoveInput(m, input))));
            }
            if self.plan.gentle {
                continue;
            }
            steps.push(Step::Fault(Fault::Crash(m)));
            let queues = 0..member.queues.len();
            let filled = queues.filter(|queue| !member.queues[*queue].is_empty());
            steps.extend(filled.map(|queue| Step::Fault(Fault::FailDelivery(m, queue))));
        }
        for (partition, owner) in self.broker.owner.iter().enumerate() {
            if owner.is_some() {
                steps.push(Step::Fault(Fault::Revoke(partition)));
                if !self.plan.gentle {
                    steps.push(Step::Fault(Fault::Lose(partition)));
                }
            }
        }
    }
}
