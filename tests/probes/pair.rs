//! A topology in one process whose links call each other: parcels go in front, and are entered at the back.

use std::path::PathBuf;
use std::process::ExitCode;

use catenae::Topology;
use catenae::prelude::*;
use catenae_tests::desk::{park_until, wait_for};

/// When the source has ended.
#[derive(clap::Args)]
pub struct Plan {
    /// The last parcel comes when this file is there
    #[arg(long)]
    gate: Option<PathBuf>,
}

/// How many parcels the source sends.
const PARCELS: u64 = 200;

/// Sends parcels.
#[catenae::link(output = "parcels", args = Plan, main = false)]
fn source(ctx: &Context) -> impl Iterator<Item = u64> {
    let gate = ctx.args::<Plan>().and_then(|plan| plan.gate.clone());
    (1..=PARCELS).inspect(move |n| {
        if let (&PARCELS, Some(gate)) = (n, &gate) {
            park_until(gate);
        }
    })
}

/// What passed the front.
#[derive(Default)]
pub struct Passed(u64);

/// Has each parcel entered at the back before it passes it on.
#[catenae::link(
    input = "parcels",
    output = "entered",
    finish = front_ends,
    rpc = [passed, relay, relay_wait],
    main = false
)]
fn front(passed: &mut Passed, ctx: &Context, n: u64) -> Result<u64, CallError> {
    let entered = enter::any_of("back").call(ctx, n).wait()?;
    passed.0 += 1;
    Ok(entered)
}

fn front_ends(passed: Passed) {
    println!("front: {} passed", passed.0);
}

/// What was entered at the back, and what came there.
#[derive(Default)]
pub struct Entered {
    sum: u64,
    came: u64,
}

/// Counts what comes.
#[catenae::link(
    input = "entered",
    finish = back_ends,
    rpc = [enter, wait_for],
    main = false
)]
fn back(entered: &mut Entered, _sum: u64) {
    entered.came += 1;
}

fn back_ends(entered: Entered) {
    println!("back: {} came, the sum is {}", entered.came, entered.sum);
}

/// Adds a number to the sum.
#[catenae::rpc]
fn enter(entered: &mut Entered, n: u64) -> u64 {
    entered.sum += n;
    entered.sum
}

/// How many parcels have passed.
#[catenae::rpc]
fn passed(passed: &Passed) -> u64 {
    passed.0
}

/// Enters a number for somebody outside.
#[catenae::rpc]
async fn relay(n: u64, ctx: &Context) -> Result<u64, String> {
    let entered = enter::any_of("back").call(ctx, n).await;
    entered.map_err(|error| error.to_string())
}

/// Has the back wait for a file, for somebody outside.
#[catenae::rpc]
async fn relay_wait(file: PathBuf, ctx: &Context) -> Result<PathBuf, String> {
    let waited = wait_for::any_of("back").call(ctx, file).await;
    waited.map_err(|error| error.to_string())
}

pub fn program() -> ExitCode {
    Topology::new("pair")
        .link::<back>()
        .link::<front>()
        .link::<source>()
        .main()
}
