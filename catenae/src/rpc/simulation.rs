//! Calls under thousands of seeded schedules with virtual time, faults included.
//!
//! Real are the registry, the client and the server of every process; modelled is what surrounds them:
//! streams that each reader reads in order and as late as it likes, producers whose messages are lost
//! in a crash or come twice, clocks, methods that take their time. One seed decides on the plan of a run
//! and on every step of it. When the faults are over, every call must have ended, and nothing may be left
//! in any memory.
//!
//! `CATENAE_SIM_SEED=17` runs one seed and prints its steps; `CATENAE_SIM_SEEDS=100000` runs more
//! of them. A failing seed prints itself.

mod ask;
mod forgery;
mod ledger;
mod plan;
mod process;
mod streams;
mod summary;
mod world;

use self::summary::Summary;
use self::world::World;
use crate::simulation::{is_replay, run_seed, run_seeds};

/// Some seconds in a debug build.
const SEEDS: u64 = 2000;

/// A mistake that the shell around the rooms could make, or a room, to show that the checks would
/// find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutant {
    /// A request that was read before runs again.
    DuplicateRuns,
    /// A request of an incarnation that is over runs.
    OldIncarnationRuns,
    /// Nobody looks at the deadline again when its turn has come.
    NoSecondLook,
    /// A request does not say which incarnation of an instance it is for.
    AnyIncarnation,
    /// Every method is taken for one that may run twice.
    EverythingTwice,
    /// A reply is taken whoever it is for.
    AnybodysReply,
    /// Nobody looks at the clock.
    NoTick,
    /// Nobody tells the calls that an instance is gone or has come.
    NoNews,
}

const MUTANTS: [Mutant; 8] = [
    Mutant::DuplicateRuns,
    Mutant::OldIncarnationRuns,
    Mutant::NoSecondLook,
    Mutant::AnyIncarnation,
    Mutant::EverythingTwice,
    Mutant::AnybodysReply,
    Mutant::NoTick,
    Mutant::NoNews,
];

/// Runs one seed; the error is what was violated.
fn run(seed: u64, mutant: Option<Mutant>) -> Result<Summary, String> {
    let mut world = World::new(seed, mutant);
    if mutant.is_none() && is_replay() {
        world.print_steps();
    }
    run_seed(seed, || world.run())
}

#[test]
fn every_call_ends_once_and_nothing_runs_that_must_not() {
    let Some((seeds, sum)) = run_seeds(SEEDS, |seed| run(seed, None)) else {
        return;
    };
    // The schedules do reach what they are for.
    let least = sum.reached();
    assert!(least > seeds / 40, "{sum:?}");
}

#[test]
fn every_mutant_is_caught() {
    for mutant in MUTANTS {
        let caught = (0..2000).find_map(|seed| run(seed, Some(mutant)).err());
        let caught = caught.unwrap_or_else(|| panic!("{mutant:?} was not caught"));
        eprintln!("{mutant:?}: {}", caught.lines().next().unwrap_or_default());
    }
}
