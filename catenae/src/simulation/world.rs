//! One run: what is possible is listed, and chance does one of it.

use std::time::Duration;

use super::broker::Broker;
use super::chance::Chance;
use super::lane::Lane;
use super::member::{Attempt, Event, Member, Phase, Report};
use super::mutant::Mutant;
use super::plan::{Input, Plan};
use super::summary::Summary;

/// More steps than any run needs to come to rest.
const TOO_MANY: usize = 20_000;

/// One step. Members are named by their place in the list.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A producer elsewhere writes an input.
    Append,
    /// A new member joins.
    Join,
    /// A free partition is given to a member.
    Assign(usize, usize),
    /// The reader of a member takes a record of a partition.
    Poll(usize, usize),
    /// It hears what the group says.
    Hear(usize),
    /// It gives the partition back that it was asked for.
    GiveBack(usize),
    Store(usize, usize),
    Commit(usize, usize),
    /// A lane takes an electron of an input in hand.
    Start(usize, usize, usize),
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
    // From here on faults.
    Stop(usize),
    Crash(usize),
    /// A partition is to move.
    Revoke(usize),
    /// A partition is taken away without asking.
    Lose(usize),
    /// The outputs of a queue are not delivered, though the first may have arrived.
    FailDelivery(usize, usize),
}

/// Everything there is in one run.
pub(super) struct World {
    chance: Chance,
    plan: Plan,
    broker: Broker,
    members: Vec<Member>,
    born: usize,
    epoch: u64,
    now: Duration,
    to_append: usize,
    faults: bool,
    mutant: Option<Mutant>,
    print: bool,
    summary: Summary,
}

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut chance = Chance::new(seed);
        let plan = Plan::draw(&mut chance);
        Self {
            broker: Broker::new(&plan),
            members: Vec::new(),
            born: 0,
            epoch: 0,
            now: Duration::ZERO,
            to_append: plan.records,
            faults: true,
            mutant,
            print: false,
            summary: Summary::default(),
            chance,
            plan,
        }
    }

    pub(super) fn print_steps(&mut self) {
        self.print = true;
        eprintln!("{:#?}", self.plan);
    }

    /// Runs to the end; the error says what was violated.
    pub(super) fn run(&mut self) -> Result<Summary, String> {
        let mut possible = Vec::new();
        for number in 0.. {
            if self.faults && number >= self.plan.faults_until {
                self.end_faults();
            }
            possible.clear();
            if self.faults && self.chance.one_in(15) {
                self.list_faults(&mut possible);
            }
            if possible.is_empty() {
                self.list(&mut possible);
            }
            if possible.is_empty() && self.is_over() {
                if !self.faults {
                    break;
                }
                self.end_faults();
                continue;
            }
            if possible.is_empty() {
                return Err(format!("nothing can be done any more: {:#?}", self.members));
            }
            if number > self.plan.faults_until + TOO_MANY {
                return Err(format!("it does not come to rest: {:#?}", self.members));
            }
            let step = possible[self.chance.below(possible.len())];
            if self.print {
                eprintln!("{number} at {:?}: {step:?}", self.now);
            }
            self.summary.steps += 1;
            self.act(step)?;
        }
        self.broker.check_end(&self.plan)?;
        for member in &mut self.members {
            if !member.tracker.has_room(self.plan.slots) {
                return Err(format!("slots of member {} are not free again", member.id));
            }
        }
        self.summary.repeated = self.broker.repeated;
        self.summary.given_up = self.broker.given_up.len() as u64;
        Ok(self.summary)
    }

    fn is_over(&self) -> bool {
        self.to_append == 0 && self.broker.is_done() && self.members.iter().all(Member::is_at_rest)
    }

    /// From now on everything works. What stops members for ever is mended, as a user would do it.
    fn end_faults(&mut self) {
        self.faults = false;
        self.broker.repair(&self.plan);
    }

    fn list(&self, possible: &mut Vec<Step>) {
        if self.to_append > 0 {
            possible.push(Step::Append);
        }
        if self.members.len() < self.plan.members && (self.faults || self.members.is_empty()) {
            possible.push(Step::Join);
        }
        for (partition, owner) in self.broker.owner.iter().enumerate() {
            if owner.is_none() {
                let running = |member: &&Member| member.phase == Phase::Running;
                let count = self.members.iter().filter(running).count();
                possible.extend((0..count).map(|nth| Step::Assign(partition, nth)));
            }
        }
        for (m, member) in self.members.iter().enumerate() {
            self.list_member(m, member, possible);
        }
        if self.next_due().is_some() {
            possible.push(Step::Time);
        }
    }

    /// When the next electron is due that waits for its time.
    fn next_due(&self) -> Option<Duration> {
        let lanes = self.members.iter().flat_map(|member| &member.lanes);
        let due = lanes.filter_map(Lane::next_due);
        due.filter(|due| *due > self.now).min()
    }

    fn list_member(&self, m: usize, member: &Member, possible: &mut Vec<Step>) {
        let running = member.phase == Phase::Running;
        let polls = member.revoking.is_none();
        if polls && !member.events.is_empty() {
            possible.push(Step::Hear(m));
        }
        let late = self.faults && !self.plan.gentle;
        if member
            .revoking
            .is_some_and(|partition| member.has_drained(partition) || late)
        {
            possible.push(Step::GiveBack(m));
        }
        for (partition, assigned) in member.assigned.iter().enumerate() {
            let Some(assigned) = assigned else { continue };
            let more = assigned.position < self.broker.inputs[partition].len();
            if running && polls && more && member.could_track() {
                possible.push(Step::Poll(m, partition));
            }
            if polls && member.could_store(partition) {
                possible.push(Step::Store(m, partition));
            }
            if polls && assigned.stored.is_some() {
                possible.push(Step::Commit(m, partition));
            }
        }
        for (l, lane) in member.lanes.iter().enumerate() {
            if member.waits_in_vain(lane) {
                possible.push(Step::LeaveRetry(m, l));
            }
            match lane.hand {
                Some(hand) if hand.due.is_none_or(|due| due <= self.now) => {
                    possible.push(Step::Finish(m, l));
                }
                Some(_) => {}
                None if running => {
                    let inputs = 0..lane.inbox.len();
                    let filled = inputs.filter(|input| !lane.inbox[*input].is_empty());
                    possible.extend(filled.map(|input| Step::Start(m, l, input)));
                    if member.has_due(lane, self.now) {
                        possible.push(Step::TakeDue(m, l));
                    }
                }
                None => {}
            }
        }
        let queues = 0..member.queues.len();
        let filled = queues.filter(|queue| !member.queues[*queue].is_empty());
        possible.extend(filled.map(|queue| Step::Deliver(m, queue)));
        if !member.reports.is_empty() {
            possible.push(Step::Report(m));
        }
        let idle = member.lanes.iter().all(|lane| lane.hand.is_none());
        match member.phase {
            Phase::Draining if idle || late => possible.push(Step::EndDrain(m)),
            Phase::Flushing if member.has_flushed() || late => possible.push(Step::Leave(m)),
            _ => {}
        }
    }

    fn list_faults(&self, possible: &mut Vec<Step>) {
        for (m, member) in self.members.iter().enumerate() {
            possible.push(Step::Stop(m));
            if self.plan.gentle {
                continue;
            }
            possible.push(Step::Crash(m));
            let queues = 0..member.queues.len();
            let filled = queues.filter(|queue| !member.queues[*queue].is_empty());
            possible.extend(filled.map(|queue| Step::FailDelivery(m, queue)));
        }
        for (partition, owner) in self.broker.owner.iter().enumerate() {
            if owner.is_some() {
                possible.push(Step::Revoke(partition));
                if !self.plan.gentle {
                    possible.push(Step::Lose(partition));
                }
            }
        }
    }

    fn act(&mut self, step: Step) -> Result<(), String> {
        let (broker, plan) = (&mut self.broker, &self.plan);
        match step {
            Step::Append => {
                self.to_append -= 1;
                let input = Input::draw(&mut self.chance, plan);
                let partition = input.key % plan.partitions;
                broker.inputs[partition].push(input);
                if !self.faults {
                    broker.repair(plan);
                }
            }
            Step::Join => {
                self.members.push(Member::new(self.born, plan, self.mutant));
                self.born += 1;
            }
            Step::Assign(partition, nth) => {
                let running = |member: &&mut Member| member.phase == Phase::Running;
                let member = self.members.iter_mut().filter(running).nth(nth);
                let member = member.expect("it was counted");
                self.epoch += 1;
                broker.give(partition, member.id, self.epoch);
                member
                    .events
                    .push_back(Event::Assign(partition, self.epoch));
            }
            Step::Poll(m, partition) => self.members[m].poll(partition, broker, plan),
            Step::Hear(m) => self.members[m].hear(broker),
            Step::GiveBack(m) => {
                self.summary.revoked += 1;
                let partition = self.members[m].revoking.expect("it was asked");
                self.members[m].give_back(partition, broker)?;
            }
            Step::Store(m, partition) => self.members[m].store(partition),
            Step::Commit(m, partition) => self.members[m].commit(partition, broker)?,
            Step::Start(m, lane, input) => self.members[m].start(lane, input, broker),
            Step::TakeDue(m, lane) => self.members[m].take_due(lane, self.now),
            Step::LeaveRetry(m, lane) => self.members[m].leave(lane, self.now),
            Step::Finish(m, lane) => {
                let draw = self.chance.next();
                let attempt = self.members[m].finish(lane, self.now, draw, broker, plan);
                self.summary.retries += u64::from(attempt == Attempt::ToBeRetried);
            }
            Step::Time => self.now = self.next_due().unwrap_or(self.now),
            Step::Deliver(m, queue) => self.deliver(m, queue),
            Step::Report(m) => {
                let index = self.chance.below(self.members[m].reports.len());
                self.members[m].report(index);
            }
            Step::EndDrain(m) => {
                self.members[m].leave_lots();
                self.members[m].phase = Phase::Flushing;
            }
            Step::Leave(m) => {
                self.summary.stops += 1;
                self.members[m].close(broker)?;
                self.vanish(m);
            }
            Step::Stop(m) => self.members[m].stop(),
            Step::Crash(m) => {
                self.summary.crashes += 1;
                self.vanish(m);
            }
            Step::Revoke(partition) => self.tell_owner(partition, Event::Revoke(partition)),
            Step::Lose(partition) => {
                self.summary.lost += 1;
                self.tell_owner(partition, Event::Lost(partition));
                self.broker.owner[partition] = None;
            }
            Step::FailDelivery(m, queue) => {
                self.summary.failed_deliveries += 1;
                if self.chance.one_in(2) {
                    self.deliver(m, queue);
                    let report = self.members[m].reports.last_mut().expect("just delivered");
                    report.delivered = false;
                }
                // What is behind it goes with it, or the order of a key would be lost.
                self.members[m].broken[queue] = true;
            }
        }
        Ok(())
    }

    fn deliver(&mut self, m: usize, queue: usize) {
        let member = &mut self.members[m];
        let output = member.queues[queue].pop_front().expect("it was not empty");
        let delivered = !member.broken[queue];
        if delivered {
            self.broker.take(output.place, output.content);
        }
        member.reports.push(Report {
            slot: output.slot,
            delivered,
        });
    }

    fn tell_owner(&mut self, partition: usize, event: Event) {
        let owner = self.broker.owner[partition];
        let mut members = self.members.iter_mut();
        if let Some(member) = members.find(|member| Some(member.id) == owner) {
            member.events.push_back(event);
        }
    }

    /// A member's process ends; of what its producer holds, some may still arrive.
    fn vanish(&mut self, m: usize) {
        for queue in 0..self.members[m].queues.len() {
            let length = self.members[m].queues[queue].len();
            for _ in 0..self.chance.below(length + 1) {
                self.deliver(m, queue);
            }
        }
        let gone = self.members.swap_remove(m);
        for owner in &mut self.broker.owner {
            if *owner == Some(gone.id) {
                *owner = None;
            }
        }
    }
}
