//! What goes wrong, and when: a list without end that follows from the seed alone.

use std::time::Duration;

use catenae::prelude::clap;

use crate::proxy::Toxic;
use crate::seed::Dice;

/// A kind of fault, as `--faults` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// An instance is killed with SIGKILL and started again.
    Kill,
    /// An instance is stopped with SIGTERM and started again.
    Term,
    /// An instance is halted with SIGSTOP, often for longer than its session, and goes on.
    Stop,
    /// Instances are added and taken away.
    Scale,
    /// A broker is killed with SIGKILL and started again.
    Broker,
    /// The network between links and brokers is bad.
    Net,
    /// Some instances panic at some electron.
    Panic,
    /// Some instances take long for some electrons.
    Slow,
    /// Some inputs cannot be decoded.
    Poison,
    /// An input is deleted and created again, with `--topology again`.
    Recreate,
    /// Some inputs are from years ago, from years ahead, or without a time.
    OddTimes,
    /// An operator has made the streams that links write, with limits, and changes these now and then.
    Limits,
    /// Other programs write inputs in transactions, which are committed, aborted, or open for a while.
    Foreign,
}

/// One fault; a `flow` is the index of a topology of the run, a `slot` the place of an instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// SIGKILL, and a start after `down`.
    Kill {
        flow: usize,
        slot: usize,
        down: Duration,
    },
    /// SIGTERM, and a start `down` after the end.
    Term {
        flow: usize,
        slot: usize,
        down: Duration,
    },
    /// SIGSTOP, and SIGCONT after `time`.
    Stop {
        flow: usize,
        slot: usize,
        time: Duration,
    },
    /// From now on so many instances.
    Scale { flow: usize, instances: usize },
    /// A broker is killed, and started after `down`.
    Broker { id: usize, down: Duration },
    /// A proxy is poisoned for `time`.
    Net {
        broker: usize,
        toxic: Toxic,
        time: Duration,
    },
    /// The stream that can be is deleted, and created again after `down`; the new one begins with so many
    /// percent of what the former one held.
    Recreate { down: Duration, percent: u64 },
    /// The outputs of a link get tight limits, or wide ones.
    Limits { flow: usize, tight: bool },
}

/// A fault and how long after the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Since the step before.
    pub after: Duration,
    /// What happens.
    pub fault: Fault,
}

/// What a schedule is drawn for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of the run.
    pub seed: u64,
    /// What may happen.
    pub kinds: Vec<Kind>,
    /// How many topologies run.
    pub flows: usize,
    /// How many instances each has at most.
    pub slots: usize,
    /// How many brokers there are.
    pub brokers: usize,
    /// How long a member may be silent.
    pub session: Duration,
    /// The mean time between two faults.
    pub gap: Duration,
}

/// The faults of a run, one after the other.
#[derive(Clone, Debug)]
pub struct Schedule {
    dice: Dice,
    plan: Plan,
    /// Each kind as often as its weight.
    urn: Vec<Kind>,
}

impl Schedule {
    /// The schedule of a plan.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let weight = |kind: &Kind| match kind {
            Kind::Kill => 40,
            Kind::Term | Kind::Stop | Kind::Scale => 8,
            Kind::Net => 6,
            Kind::Broker => 2,
            Kind::Recreate => 4,
            Kind::Limits => 3,
            // These are no events: the instances and the generator are told at their start.
            Kind::Panic | Kind::Slow | Kind::Poison | Kind::OddTimes | Kind::Foreign => 0,
        };
        let urn = plan.kinds.iter();
        let urn = urn.flat_map(|kind| std::iter::repeat_n(*kind, weight(kind)));
        Self {
            dice: Dice::new(plan.seed, "schedule"),
            urn: urn.collect(),
            plan,
        }
    }

    fn fault(&mut self) -> Option<Fault> {
        let (dice, plan) = (&mut self.dice, &self.plan);
        let index =
            |dice: &mut Dice, of: usize| usize::try_from(dice.below(of as u64)).unwrap_or(0);
        let session = u64::try_from(plan.session.as_millis()).unwrap_or(u64::MAX);
        let time = |dice: &mut Dice, low, high| Duration::from_millis(dice.between(low, high));
        if self.urn.is_empty() {
            return None;
        }
        let kind = *dice.pick(&self.urn);
        let flow = index(dice, plan.flows);
        let slot = index(dice, plan.slots);
        Some(match kind {
            Kind::Kill => Fault::Kill {
                flow,
                slot,
                down: time(dice, 0, 500),
            },
            Kind::Term => Fault::Term {
                flow,
                slot,
                down: time(dice, 0, 500),
            },
            Kind::Stop => Fault::Stop {
                flow,
                slot,
                time: time(dice, session / 4, session * 2),
            },
            Kind::Scale => Fault::Scale {
                flow,
                instances: 1 + index(dice, plan.slots),
            },
            Kind::Broker => Fault::Broker {
                id: 1 + index(dice, plan.brokers),
                down: time(dice, 500, 5000),
            },
            Kind::Recreate => Fault::Recreate {
                down: time(dice, 0, 1000),
                // Shorter than before, as long, and longer.
                percent: *dice.pick(&[0, 30, 100, 150]),
            },
            Kind::Limits => Fault::Limits {
                flow,
                tight: dice.chance(500),
            },
            _ => Fault::Net {
                broker: index(dice, plan.brokers),
                toxic: toxic(dice),
                time: time(dice, session / 4, session * 2),
            },
        })
    }
}

fn toxic(dice: &mut Dice) -> Toxic {
    match dice.below(5) {
        0 => Toxic::Latency(Duration::from_millis(dice.between(20, 400))),
        1 => Toxic::Hole,
        2 => Toxic::Reset,
        3 => Toxic::Slow {
            bytes_per_second: dice.between(2_000, 50_000),
        },
        _ => Toxic::Cut {
            after: dice.between(1, 20_000),
        },
    }
}

impl Iterator for Schedule {
    type Item = Step;

    /// `None` when no kind of fault is an event.
    fn next(&mut self) -> Option<Step> {
        let mean = u64::try_from(self.plan.gap.as_millis()).unwrap_or(u64::MAX);
        let after = Duration::from_millis(self.dice.between(mean / 4, mean * 7 / 4));
        let fault = self.fault()?;
        Some(Step { after, fault })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use catenae::prelude::clap::Parser as _;

    use super::{Fault, Kind, Plan, Schedule, Step};
    use crate::options::Cli;

    fn plan(seed: u64, kinds: &[Kind]) -> Plan {
        Plan {
            seed,
            kinds: kinds.to_vec(),
            flows: 2,
            slots: 3,
            brokers: 3,
            session: Duration::from_secs(2),
            gap: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_seed_is_a_schedule() {
        let kinds = [Kind::Kill, Kind::Net, Kind::Broker, Kind::Stop];
        let of = |seed| -> Vec<_> { Schedule::new(plan(seed, &kinds)).take(50).collect() };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    /// The short form has fixed seeds for the sake of these faults.
    #[test]
    fn the_seeds_of_the_short_form_kill_a_broker_and_create_a_stream_again() {
        let script = include_str!("../short.sh");
        let seeded = script.lines().filter(|line| line.contains("--seed"));
        let mut checked = 0;
        for line in seeded {
            let line = line.split(' ').map(|word| word.trim());
            let options = Cli::parse_from(line).options;
            let schedule = Schedule::new(Plan {
                seed: options.seed.expect("a seed"),
                kinds: options.faults.clone(),
                flows: options.topology.len(),
                slots: options.instances,
                brokers: options.brokers,
                session: Duration::from_millis(options.session_ms),
                gap: Duration::from_millis(options.gap_ms),
            });
            let mut kills = 0;
            let until = |step: &Step| {
                kills += u64::from(matches!(step.fault, Fault::Kill { .. }));
                kills < options.kills.expect("a number of kills")
            };
            let faults: Vec<Fault> = schedule.take_while(until).map(|step| step.fault).collect();
            let has = |one: fn(&Fault) -> bool| faults.iter().any(one);
            assert!(
                has(|fault| matches!(fault, Fault::Broker { .. })),
                "{faults:?}"
            );
            assert!(
                has(|fault| matches!(fault, Fault::Recreate { .. })),
                "{faults:?}"
            );
            checked += 1;
        }
        assert_eq!(checked, 2);
    }

    #[test]
    fn only_what_was_asked_for_happens() {
        let steps = Schedule::new(plan(3, &[Kind::Kill, Kind::Slow])).take(100);
        for step in steps {
            let Fault::Kill { flow, slot, .. } = step.fault else {
                panic!("{step:?}")
            };
            assert!(flow < 2 && slot < 3);
        }
        assert_eq!(Schedule::new(plan(3, &[Kind::Poison])).next(), None);
    }
}
