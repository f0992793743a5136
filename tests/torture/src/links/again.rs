//! Two inputs, one output; the first input is deleted and created again meanwhile.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// Passes the electrons of both inputs on.
#[catenae::link(input = ["torture-c", "torture-a"], output = "torture-again", args = Conduct)]
fn again(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    let made = meet(ctx, &electron)?;
    Ok(electron.map(|_| made))
}

program!();
