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

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::summary::Summary;
use self::world::World;
use crate::simulation::number;

/// Some seconds in a debug build.
const SEEDS: u64 = 2000;

/// A mistake that the shell around the rooms could make, or a room, to show that the checks would
/// find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutant {
    /// A request that was read before runs again.
    DuplicateRuns,
    /// A request of a life that is over runs.
    OldLifeRuns,
    /// Nobody looks at the deadline again when its turn has come.
    NoSecondLook,
    /// A request does not say which life of an instance it is for.
    AnyLife,
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
    Mutant::OldLifeRuns,
    Mutant::NoSecondLook,
    Mutant::AnyLife,
    Mutant::EverythingTwice,
    Mutant::AnybodysReply,
    Mutant::NoTick,
    Mutant::NoNews,
];

/// Runs one seed; the error is what was violated, with the seed.
fn run(seed: u64, mutant: Option<Mutant>) -> Result<Summary, String> {
    let mut world = World::new(seed, mutant);
    if mutant.is_none() && number("CATENAE_SIM_SEED").is_some() {
        world.print_steps();
    }
    // What the rooms assert themselves is a panic.
    catch_unwind(AssertUnwindSafe(|| world.run()))
        .unwrap_or_else(|_| Err("a panic, see above".to_owned()))
        .map_err(|violation| {
            format!("seed {seed}: {violation}\nreplay it with CATENAE_SIM_SEED={seed}")
        })
}

#[test]
fn every_call_ends_once_and_nothing_runs_that_must_not() {
    if let Some(seed) = number("CATENAE_SIM_SEED") {
        let summary = run(seed, None).unwrap_or_else(|violation| panic!("{violation}"));
        eprintln!("seed {seed}: {summary:?}");
        return;
    }
    let seeds = number("CATENAE_SIM_SEEDS").unwrap_or(SEEDS);
    let mut sum = Summary::default();
    for seed in 0..seeds {
        sum += run(seed, None).unwrap_or_else(|violation| panic!("{violation}"));
    }
    eprintln!("{seeds} seeds: {sum:?}");
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
