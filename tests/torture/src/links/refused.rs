//! Sends something too large for some inputs, as only Kafka knows.

use catenae::prelude::*;
use catenae_torture::nature::{PADDING, is_refused};
use catenae_torture::{Conduct, Made, Sent, meet};

/// Passes every electron on, some of them with more than the output takes; those are dead letters.
#[catenae::link(
    input = "torture-a",
    output = "torture-refused",
    args = Conduct,
    // With a limit of its own the link does not hold outputs against what their stream takes.
    kafka = ["message.max.bytes=1000000", "compression.type=none"],
    on_error(handler = dead_letter)
)]
fn refused(ctx: &Context, electron: Electron<Sent>) -> Result<Electron<Made>, String> {
    let made = meet(ctx, &electron)?;
    let too_large = is_refused(electron.value.crc);
    let made = electron.map(|_| made);
    if too_large {
        return Ok(made.with_header("padding", vec![0_u8; PADDING]));
    }
    Ok(made)
}

program!();
