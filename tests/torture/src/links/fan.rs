//! One input, three outputs.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// Copies every electron to every output.
#[catenae::link(
    input = "torture-a",
    output = ["torture-fan-1", "torture-fan-2", "torture-fan-3"],
    args = Conduct
)]
fn fan(ctx: &Context, electron: Electron<Sent>) -> Result<Vec<Electron<Made>>, String> {
    let made = meet(ctx, &electron)?;
    let electron = electron.map(|_| made);
    let copies = ctx
        .outputs()
        .map(|stream| electron.clone().to(stream.clone()));
    Ok(copies.collect())
}

program!();
