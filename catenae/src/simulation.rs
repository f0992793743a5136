//! The pure rooms under thousands of seeded schedules with virtual time, faults included.
//!
//! Members of a group read from a model of a broker, each with a real [`Tracker`](crate::settle::tracker)
//! and a model of everything around it: lanes, inboxes, the producer, rebalances. One seed decides
//! on the plan of a run and on every step of it: what is possible is listed, and one of it is done.
//! When the faults are over, everything must come to rest, and nothing may be missing.
//!
//! `CATENAE_SIM_SEED=17` runs one seed and prints its steps; `CATENAE_SIM_SEEDS=100000` runs more
//! of them. A failing seed prints itself.

mod broker;
pub(crate) mod chance;
mod client;
mod coordinator;
mod fairness;
mod lane;
mod member;
mod mutant;
mod plan;
mod possible;
mod summary;
mod transactions;
mod world;

use std::env;
use std::fmt::Debug;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mutant::Mutant;
use summary::Summary;
use world::World;

/// Some seconds in a debug build.
const SEEDS: u64 = 8000;

/// The environment variable that names the one seed to replay.
const SEED: &str = "CATENAE_SIM_SEED";

/// The number in an environment variable.
fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: write a number")),
    )
}

/// Whether one seed is replayed, with its steps.
pub(crate) fn is_replay() -> bool {
    number(SEED).is_some()
}

/// Runs one seed of a simulation; the error is what was violated, with the seed. What the code under
/// test asserts itself is a panic.
pub(crate) fn run_seed<S>(seed: u64, run: impl FnOnce() -> Result<S, String>) -> Result<S, String> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("a panic, see above".to_owned()))
        .map_err(|violation| format!("seed {seed}: {violation}\nreplay it with {SEED}={seed}"))
}

/// Runs the seeds that the environment asks for, or so many; returns how many and what they did, and nothing
/// when one was replayed.
///
/// # Panics
/// When one shows a violation.
pub(crate) fn run_seeds<S: Debug + Default + AddAssign>(
    seeds: u64,
    run: impl Fn(u64) -> Result<S, String>,
) -> Option<(u64, S)> {
    let run = |seed| run(seed).unwrap_or_else(|violation| panic!("{violation}"));
    if let Some(seed) = number(SEED) {
        eprintln!("seed {seed}: {:?}", run(seed));
        return None;
    }
    let seeds = number("CATENAE_SIM_SEEDS").unwrap_or(seeds);
    let mut sum = S::default();
    for seed in 0..seeds {
        sum += run(seed);
    }
    eprintln!("{seeds} seeds: {sum:?}");
    Some((seeds, sum))
}

fn run(seed: u64, mutant: Option<Mutant>) -> Result<Summary, String> {
    let mut world = World::new(seed, mutant);
    if mutant.is_none() && is_replay() {
        world.print_steps();
    }
    run_seed(seed, || world.run())
}

#[test]
fn no_schedule_loses_reorders_or_stalls_anything() {
    let Some((seeds, sum)) = run_seeds(SEEDS, |seed| run(seed, None)) else {
        return;
    };
    // The schedules do reach what they are for.
    let reached = [
        sum.crashes,
        sum.lost,
        sum.revoked,
        sum.failed_deliveries,
        sum.retries,
        sum.given_up,
        sum.stops,
        sum.repeated,
        sum.added,
        sum.removed,
        sum.yields,
        sum.waits,
        sum.held,
        sum.no_room,
        sum.fair,
    ];
    assert!(reached.iter().all(|count| *count > seeds / 20), "{sum:?}");
}

#[test]
fn every_mutant_is_caught() {
    for mutant in Mutant::ALL {
        let caught = (0..2000).find_map(|seed| run(seed, Some(mutant)).err());
        let caught = caught.unwrap_or_else(|| panic!("{mutant:?} was not caught"));
        eprintln!("{mutant:?}: {}", caught.lines().next().unwrap_or_default());
    }
}
