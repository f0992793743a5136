//! One input, one output.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// Passes every electron on.
#[catenae::link(input = "torture-a", output = "torture-relay", args = Conduct)]
fn relay(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    let made = meet(ctx, &electron)?;
    Ok(electron.map(|_| made))
}

program!();
