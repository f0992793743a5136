//! The pure rooms under thousands of seeded schedules with virtual time, faults included.
//!
//! Members of a group read from a model of a broker, each with a real [`Tracker`](crate::tracker)
//! and a model of everything around it: lanes, inboxes, the producer, rebalances. One seed decides
//! on the plan of a run and on every step of it: what is possible is listed, and one of it is done.
//! When the faults are over, everything must come to rest, and nothing may be missing.
//!
//! `CATENAE_SIM_SEED=17` runs one seed and prints its steps; `CATENAE_SIM_SEEDS=100000` runs more
//! of them. A failing seed prints itself.

mod broker;
pub(crate) mod chance;
mod coordinator;
mod lane;
mod member;
mod mutant;
mod plan;
mod summary;
mod transactions;
mod world;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mutant::Mutant;
use summary::Summary;
use world::World;

/// Some seconds in a debug build.
const SEEDS: u64 = 8000;

/// The number in an environment variable.
pub(crate) fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: write a number")),
    )
}

/// Runs one seed; the error is what was violated, with the seed.
fn run(seed: u64, mutant: Option<Mutant>) -> Result<Summary, String> {
    let mut world = World::new(seed, mutant);
    if mutant.is_none() && number("CATENAE_SIM_SEED").is_some() {
        world.print_steps();
    }
    // A violation that the code under test asserts itself is a panic.
    catch_unwind(AssertUnwindSafe(|| world.run()))
        .unwrap_or_else(|_| Err("a panic, see above".to_owned()))
        .map_err(|violation| {
            format!("seed {seed}: {violation}\nreplay it with CATENAE_SIM_SEED={seed}")
        })
}

#[test]
fn no_schedule_loses_reorders_or_stalls_anything() {
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
    let reached = [
        sum.crashes,
        sum.lost,
        sum.revoked,
        sum.failed_deliveries,
        sum.retries,
        sum.given_up,
        sum.stops,
        sum.repeated,
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
