//! A topology that ends, or does not: through transactions, beside a reader that stops early.

use std::process::ExitCode;
use std::time::Duration;

use catenae::Topology;
use catenae::prelude::*;

/// What the source does.
#[derive(clap::Args)]
pub struct Plan {
    /// How many numbers
    #[arg(long, default_value_t = 300)]
    numbers: u64,
    /// Do not stop sending at the end
    #[arg(long)]
    endless: bool,
}

/// Sends numbers.
#[catenae::link(output = "ends_numbers", args = Plan, main = false)]
fn ends_source(ctx: &Context) -> impl Iterator<Item = String> {
    let plan = ctx.args::<Plan>();
    let endless = plan.is_some_and(|plan| plan.endless);
    let numbers = plan.map_or(0, |plan| plan.numbers);
    let slowly = move |n: &u64| {
        if endless {
            std::thread::park_timeout(Duration::from_millis(u64::from(*n > numbers)));
        }
    };
    let end = if endless { u64::MAX } else { numbers };
    (0..end).inspect(slowly).map(|n| n.to_string())
}

/// Passes numbers on in transactions, on a Kafka.
#[catenae::link(input = "ends_numbers", output = "ends_passed", main = false)]
fn ends_middle(text: String) -> String {
    text
}

/// When the reader stops.
#[derive(clap::Args)]
pub struct Early {
    /// Stop after so many
    #[arg(long)]
    stop_after: Option<u64>,
}

/// How many came.
#[derive(Default)]
pub struct Came(u64);

/// Counts what comes.
#[catenae::link(input = "ends_passed", finish = report, args = Early, main = false)]
fn ends_leaf(came: &mut Came, _: &str, ctx: &Context) {
    came.0 += 1;
    let early = ctx.args::<Early>().and_then(|early| early.stop_after);
    if early == Some(came.0) {
        ctx.stop("that is enough");
    }
}

fn report(came: Came) {
    println!("{} came", came.0);
}

pub fn program() -> ExitCode {
    Topology::new("ends")
        .link::<ends_source>()
        .instances::<ends_middle>(2)
        .link::<ends_leaf>()
        .main()
}
