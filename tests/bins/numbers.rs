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
}

/// Sends `0`, `1`, … as text.
#[catenae::link(output = "out", args = Amount)]
fn numbers(ctx: &Context) -> impl Iterator<Item = Result<String, String>> {
    let (end, broken) = ctx
        .args::<Amount>()
        .map_or((0, None), |amount| (amount.numbers, amount.broken));
    (0..end).map(move |n| match broken == Some(n) {
        true => Err(format!("number {n} is broken")),
        false => Ok(n.to_string()),
    })
}
