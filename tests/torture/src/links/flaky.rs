//! Two lanes that fail at some inputs, and park them.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet, stumble};

/// Passes every electron on, some of them after failures; those that always fail are dead letters.
#[catenae::link(
    input = "torture-a",
    output = "torture-flaky",
    lanes = 2,
    args = Conduct,
    retry(max = 3, backoff = "20ms..150ms", jitter, park),
    on_error(handler = dead_letter, panic = dead_letter)
)]
fn flaky(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    stumble(ctx, &electron)?;
    let made = meet(ctx, &electron)?;
    Ok(electron.map(|_| made))
}

program!();
