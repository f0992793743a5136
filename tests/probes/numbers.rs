//! A source that ends: an iterator.

use catenae::prelude::*;

/// How much.
#[derive(clap::Args)]
pub struct Amount {
    /// How many numbers
    #[arg(long, default_value_t = 10)]
    numbers: u64,
    /// The number that is an error in place
    #[arg(long)]
    broken: Option<u64>,
    /// The number at which it ends the process
    #[arg(long)]
    exit: Option<u64>,
    /// Microseconds between two of them
    #[arg(long, default_value_t = 0)]
    pace_us: u64,
}

/// Sends `0`, `1`, … as text.
#[catenae::link(output = "out", args = Amount)]
fn numbers(ctx: &Context) -> impl Iterator<Item = Result<String, String>> {
    let amount = ctx.args::<Amount>();
    let (end, broken, pace_us) = amount.map_or((0, None, 0), |amount| {
        (amount.numbers, amount.broken, amount.pace_us)
    });
    let exit = amount.and_then(|amount| amount.exit);
    (0..end).map(move |n| {
        if exit == Some(n) {
            std::process::exit(0);
        }
        if pace_us > 0 {
            std::thread::park_timeout(std::time::Duration::from_micros(pace_us));
        }
        match broken == Some(n) {
            true => Err(format!("number {n} is broken")),
            false => Ok(n.to_string()),
        }
    })
}

program!();
