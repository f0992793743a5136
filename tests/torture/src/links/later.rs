//! Fails at some inputs, which wait in a stream of retries.

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet, stumble};

/// Passes every electron on, some of them after failures; those that always fail are dead letters.
#[catenae::link(
    input = "torture-a",
    output = "torture-later",
    args = Conduct,
    retry(max = 3, backoff = "30ms..300ms", jitter, delayed),
    on_error(handler = dead_letter, panic = dead_letter),
    // An instance may have nothing but streams of retries, where one in four is given up.
    cap(percent = 60)
)]
fn later(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    stumble(ctx, &electron)?;
    let made = meet(ctx, &electron)?;
    Ok(electron.map(|_| made))
}

program!();
