//! A topology in one process: numbers, doubled, counted.

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use catenae::Topology;
use catenae::prelude::*;

/// What the source does.
#[derive(clap::Args)]
pub struct Plan {
    /// How many numbers
    #[arg(long, default_value_t = 1000)]
    numbers: u64,
    /// Do not stop sending at the end
    #[arg(long)]
    endless: bool,
}

/// Sends numbers as text.
#[catenae::link(output = "numbers", args = Plan, main = false)]
fn source(ctx: &Context) -> impl Iterator<Item = String> {
    let plan = ctx.args::<Plan>();
    let end = plan.map_or(0, |plan| if plan.endless { u64::MAX } else { plan.numbers });
    (0..end).map(|n| n.to_string())
}

/// Passes numbers on.
#[catenae::link(input = "numbers", output = "passed", main = false)]
fn middle(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

/// Fails at a number.
#[catenae::link(input = "numbers", args = Limit, main = false)]
fn critic(ctx: &Context, text: &str) -> Result<(), String> {
    let limit = ctx.args::<Limit>();
    let is = |order: fn(&Limit) -> &Option<String>| {
        limit.and_then(|limit| order(limit).as_deref()) == Some(text)
    };
    if is(|limit| &limit.critic_exits_at) {
        std::process::exit(0);
    }
    if is(|limit| &limit.critic_fails_at) {
        return Err(format!("ordered to fail at {text}"));
    }
    Ok(())
}

/// Where the critic fails.
#[derive(clap::Args)]
pub struct Limit {
    /// The number at which the critic fails
    #[arg(long)]
    critic_fails_at: Option<String>,
    /// The number at which the critic ends the process
    #[arg(long)]
    critic_exits_at: Option<String>,
}

/// How many numbers, and which are missing.
#[derive(Default)]
pub struct Seen(Vec<u32>);

/// Counts numbers.
#[catenae::link(input = "passed", finish = report, args = Gate, main = false)]
fn counter(seen: &mut Seen, ctx: &Context, n: u64) {
    if let Some(gate) = ctx
        .args::<Gate>()
        .and_then(|gate| gate.gate_counter.as_ref())
    {
        if !gate.exists() {
            println!("holding {n}");
        }
        while !gate.exists() {
            thread::park_timeout(Duration::from_millis(5));
        }
    }
    let index = usize::try_from(n).unwrap_or(0);
    if seen.0.len() <= index {
        seen.0.resize(index + 1, 0);
    }
    seen.0[index] += 1;
}

/// What holds the counter.
#[derive(clap::Args)]
pub struct Gate {
    /// The counter handles nothing until this file is there
    #[arg(long)]
    gate_counter: Option<PathBuf>,
}

fn report(seen: Seen) {
    let different = seen.0.iter().filter(|count| **count > 0).count();
    let all: u64 = seen.0.iter().map(|count| u64::from(*count)).sum();
    println!("counted {different} different of {all}");
}

pub fn program() -> ExitCode {
    Topology::new("chain")
        .link::<source>()
        .instances::<middle>(2)
        .link::<critic>()
        .link::<counter>()
        .main()
}
