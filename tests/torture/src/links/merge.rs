//! Two inputs, one output.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// Passes the electrons of both inputs on.
#[catenae::link(input = ["torture-a", "torture-b"], output = "torture-merge", args = Conduct)]
fn merge(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    let made = meet(ctx, &electron)?;
    Ok(electron.map(|_| made))
}

program!();
