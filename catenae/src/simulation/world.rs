//! One run: what is possible is listed, and chance does one of it.

use std::time::Duration;

use super::broker::Broker;
use super::chance::Chance;
use super::member::{Attempt, Event, Member, Phase, Report};
use super::mutant::Mutant;
use super::plan::{Input, Plan};
use super::possible::{Fault, Possible, Step};
use super::summary::Summary;

/// More steps than any run needs to come to rest.
const TOO_MANY: usize = 20_000;

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
        while self.plan.crowded && self.to_append > 0 {
            self.append();
        }
        let mut possible = Vec::new();
        for number in 0.. {
            if self.faults && number >= self.plan.faults_until {
                self.end_faults();
            }
            possible.clear();
            if self.faults && self.chance.one_in(15) {
                self.possible().list_faults(&mut possible);
            }
            if possible.is_empty() {
                self.possible().list(&mut possible);
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

    fn possible(&self) -> Possible<'_> {
        Possible {
            plan: &self.plan,
            broker: &self.broker,
            members: &self.members,
            to_append: self.to_append,
            faults: self.faults,
            now: self.now,
        }
    }

    fn is_over(&self) -> bool {
        self.to_append == 0 && self.broker.is_done() && self.members.iter().all(Member::is_at_rest)
    }

    /// From now on everything works. What stops members for ever is mended, as a user would do it.
    fn end_faults(&mut self) {
        self.faults = false;
        self.broker.repair(&self.plan);
    }

    fn act(&mut self, step: Step) -> Result<(), String> {
        let (broker, plan) = (&mut self.broker, &self.plan);
        match step {
            Step::Append => self.append(),
            Step::Join => {
                self.members.push(Member::new(self.born, plan, self.mutant));
                self.born += 1;
            }
            Step::Assign(partition, m) => {
                let member = &mut self.members[m];
                self.epoch += 1;
                broker.give(partition, member.id, self.epoch);
                let event = Event::Assign(partition, self.epoch);
                member.events.push_back(event);
            }
            Step::AddInput(m, input) => {
                self.summary.added += 1;
                self.members[m].reads[input] = true;
            }
            Step::Fetch(m, partition) => self.members[m].fetch(partition, broker, plan),
            Step::Hear(m) => self.members[m].hear(broker, plan),
            Step::GiveBack(m) => {
                self.summary.revoked += 1;
                let partition = self.members[m].revoking.expect("it was asked");
                self.members[m].give_back(partition, broker)?;
            }
            Step::Store(m, partition) => self.members[m].store(partition),
            Step::Commit(m, partition) => self.members[m].commit(partition, broker)?,
            Step::Take(m, lane) => self.members[m].take(lane, broker, plan, &mut self.summary)?,
            Step::Start(m, lane) => self.members[m].start(lane, broker, plan, &mut self.summary)?,
            Step::TakeDue(m, lane) => self.members[m].take_due(lane, self.now),
            Step::LeaveRetry(m, lane) => self.members[m].leave(lane, self.now),
            Step::Finish(m, lane) => {
                let draw = self.chance.next();
                let attempt = self.members[m].finish(lane, self.now, draw, broker, plan);
                self.summary.retries += u64::from(attempt == Attempt::ToBeRetried);
            }
            Step::Time => {
                self.now = self.possible().next_due().unwrap_or(self.now);
                for member in &mut self.members {
                    member.client.pause();
                }
            }
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
            Step::Fault(fault) => self.fail(fault),
        }
        Ok(())
    }

    fn fail(&mut self, fault: Fault) {
        match fault {
            Fault::Stop(m) => self.members[m].stop(),
            Fault::Crash(m) => {
                self.summary.crashes += 1;
                self.vanish(m);
            }
            Fault::Revoke(partition) => self.tell_owner(partition, Event::Revoke(partition)),
            Fault::RemoveInput(m, input) => self.remove_input(m, input),
            Fault::Lose(partition) => {
                self.summary.lost += 1;
                self.tell_owner(partition, Event::Lost(partition));
                self.broker.owner[partition] = None;
            }
            Fault::FailDelivery(m, queue) => self.fail_delivery(m, queue),
        }
    }

    fn append(&mut self) {
        let record = Input::draw(&mut self.chance, &self.plan);
        let input = self.chance.below(self.plan.inputs);
        let partition = self.plan.partition_of(input, record.key);
        self.to_append -= 1;
        self.broker.inputs[partition].push(record);
        if !self.faults {
            self.broker.repair(&self.plan);
        }
    }

    /// What the member has of the input is asked back.
    fn remove_input(&mut self, m: usize, input: usize) {
        self.summary.removed += 1;
        let member = &mut self.members[m];
        member.reads[input] = false;
        for (partition, owner) in self.broker.owner.iter().enumerate() {
            if *owner == Some(member.id) && self.plan.input_of(partition) == input {
                member.events.push_back(Event::Revoke(partition));
            }
        }
    }

    fn fail_delivery(&mut self, m: usize, queue: usize) {
        self.summary.failed_deliveries += 1;
        if self.chance.one_in(2) {
            self.deliver(m, queue);
            let report = self.members[m].reports.last_mut().expect("just delivered");
            report.delivered = false;
        }
        // What is behind it goes with it, or the order of a key would be lost.
        self.members[m].broken[queue] = true;
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
