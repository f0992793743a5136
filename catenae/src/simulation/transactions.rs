//! The decisions about transactions under seeded answers: what a reader of committed data sees.

use std::time::Duration;

use super::chance::Chance;
use super::coordinator::{Coordinator, Request};
use super::{SEEDS, number};
use crate::settle::transaction::{End, Next, Patience, Step, Transaction};

/// A mistake in carrying the decisions out, or in the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// A commit whose answer is not known is followed by an abort, and the same producer goes on.
    AbortAfterTimeout,
    /// After a rewind the position is the one it remembers.
    RememberedPosition,
    /// A commit whose answer is not known counts as one.
    TimeoutIsCommit,
    /// A transaction is committed without the offsets.
    OffsetsForgotten,
    /// A new producer takes over without making itself known.
    InitForgotten,
}

const MISTAKES: [Mistake; 5] = [
    Mistake::AbortAfterTimeout,
    Mistake::RememberedPosition,
    Mistake::TimeoutIsCommit,
    Mistake::OffsetsForgotten,
    Mistake::InitForgotten,
];

const PATIENCE: Patience = Patience {
    transaction: Duration::from_secs(10),
    step: Duration::from_secs(20),
    init: Duration::from_secs(20),
    progress: Duration::from_secs(300),
};

/// More transactions than any run needs.
const TOO_MANY: usize = 2000;

/// One instance after the other reads one partition and writes each input once.
struct Run {
    chance: Chance,
    coordinator: Coordinator,
    decisions: Transaction,
    epoch: u64,
    now: Duration,
    inputs: usize,
    position: usize,
    faults: bool,
    mistake: Option<Mistake>,
}

impl Run {
    fn new(seed: u64, mistake: Option<Mistake>) -> Self {
        let mut chance = Chance::new(seed ^ 0x7a11);
        let inputs = chance.between(1, 30);
        Self {
            chance,
            coordinator: Coordinator::default(),
            decisions: Transaction::new(PATIENCE),
            epoch: 0,
            now: Duration::ZERO,
            inputs,
            position: 0,
            faults: true,
            mistake,
        }
    }

    /// A new process: its first end is that of what the one before left open.
    fn begin(&mut self) -> Result<(), String> {
        self.decisions = Transaction::new(PATIENCE);
        loop {
            match self.coordinator.init(&mut self.chance, self.faults) {
                Ok(epoch) => {
                    self.epoch = epoch;
                    self.position = self.coordinator.committed;
                    return Ok(());
                }
                Err(_) => self.pass(),
            }
        }
    }

    fn pass(&mut self) {
        let milliseconds = self.chance.below(3000) as u64;
        self.now += Duration::from_millis(milliseconds);
        if self.chance.one_in(3) {
            self.coordinator.arrive_late(&mut self.chance);
        }
    }

    fn go(mut self) -> Result<u64, String> {
        self.begin()?;
        for transaction in 0.. {
            self.faults = transaction < self.inputs * 3;
            if !self.faults && self.coordinator.committed == self.inputs {
                break;
            }
            if transaction > TOO_MANY {
                return Err("it does not come to an end".to_owned());
            }
            self.pass();
            if self.faults && self.chance.one_in(20) {
                // Killed, with a transaction open.
                self.begin()?;
            }
            self.one_transaction()?;
        }
        // Nothing that is still on its way may do any harm.
        for _ in 0..20 {
            self.coordinator.arrive_late(&mut self.chance);
        }
        self.check()?;
        Ok(self.coordinator.lost_answers)
    }

    fn one_transaction(&mut self) -> Result<(), String> {
        let opened = self.now;
        let left = self.inputs - self.position;
        let count = self.chance.between(0, 4).min(left);
        let mut delivered = true;
        for input in self.position..self.position + count {
            delivered &= self.coordinator.produce(self.epoch, input).is_ok();
            if self.chance.one_in(4) {
                self.pass();
            }
        }
        let next = self.position + count;
        let first = match delivered {
            false => Step::Abort,
            true if count == 0 || self.mistake == Some(Mistake::OffsetsForgotten) => Step::Commit,
            true => Step::Offsets,
        };
        let before = self.coordinator.committed;
        match self.carry_out(first, opened, next)? {
            End::Committed => {
                let forgotten = self.mistake == Some(Mistake::OffsetsForgotten);
                let there = self.coordinator.committed;
                if there != next && !forgotten && self.mistake.is_none() {
                    return Err(format!("{next} counts as committed, and {there} is"));
                }
                self.position = next;
            }
            End::Rewind(pause) => {
                self.now += pause;
                self.position = match self.mistake {
                    Some(Mistake::RememberedPosition) => before,
                    _ => self.coordinator.committed,
                };
            }
            End::GivenUp | End::Stop(_) => self.begin()?,
        }
        Ok(())
    }

    fn carry_out(&mut self, first: Step, opened: Duration, next: usize) -> Result<End, String> {
        let mut step = self.decisions.end(first, opened, self.now);
        let mut timed_out = false;
        for _ in 0..TOO_MANY {
            let result = self.call(step, next);
            self.pass();
            timed_out |= step == Step::Commit && result.is_err_and(|trouble| trouble.retriable);
            match self.mistake {
                Some(Mistake::TimeoutIsCommit) if timed_out => return Ok(End::Committed),
                Some(Mistake::AbortAfterTimeout) if timed_out && step == Step::Commit => {
                    step = self.decisions.end(Step::Abort, opened, self.now);
                    continue;
                }
                _ => {}
            }
            match self.decisions.after(result, self.now, None) {
                Next::Do(same) => step = same,
                Next::Replace(_) if self.mistake == Some(Mistake::InitForgotten) => {
                    return Ok(End::Rewind(Duration::ZERO));
                }
                Next::Replace(_) => step = Step::Init,
                Next::Over(end) => return Ok(end),
            }
        }
        Err("an end without an end".to_owned())
    }

    fn call(&mut self, step: Step, next: usize) -> Result<(), crate::settle::transaction::Trouble> {
        let (chance, faults, epoch) = (&mut self.chance, self.faults, self.epoch);
        match step {
            Step::Offsets => self.coordinator.add_offsets(chance, faults, epoch, next),
            Step::Commit => self.coordinator.end(chance, faults, epoch, Request::Commit),
            Step::Abort => self.coordinator.end(chance, faults, epoch, Request::Abort),
            Step::Init => {
                self.epoch = self.coordinator.init(chance, faults)?;
                Ok(())
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        let mut seen = vec![0; self.inputs];
        for input in &self.coordinator.visible {
            seen[*input] += 1;
        }
        match seen.iter().position(|count| *count != 1) {
            Some(input) => Err(format!("input {input} took effect {} times", seen[input])),
            None => Ok(()),
        }
    }
}

fn run(seed: u64, mistake: Option<Mistake>) -> Result<u64, String> {
    Run::new(seed, mistake).go().map_err(|violation| {
        format!("seed {seed}: {violation}\nreplay it with CATENAE_SIM_SEED={seed}")
    })
}

#[test]
fn a_reader_of_committed_data_sees_everything_once() {
    let seeds = match number("CATENAE_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CATENAE_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let mut troubles = 0;
    for seed in seeds {
        troubles += run(seed, None).unwrap_or_else(|violation| panic!("{violation}"));
    }
    eprintln!("{troubles} answers were bad news, or none");
}

#[test]
fn every_mistake_with_transactions_is_caught() {
    for mistake in MISTAKES {
        let caught = (0..2000).find_map(|seed| run(seed, Some(mistake)).err());
        let caught = caught.unwrap_or_else(|| panic!("{mistake:?} was not caught"));
        eprintln!("{mistake:?}: {}", caught.lines().next().unwrap_or_default());
    }
}
