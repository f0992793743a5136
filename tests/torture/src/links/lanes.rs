//! Four lanes, and no output for a third of the inputs.

use catenae::prelude::*;
use catenae_torture::nature::is_silent;
use catenae_torture::{Conduct, Made, Sent, meet};

/// Passes on what it is not silent about, several electrons at once.
#[catenae::link(
    input = "torture-a",
    output = "torture-lanes",
    lanes = 4,
    args = Conduct
)]
fn lanes(ctx: &Context, electron: Electron<Sent>) -> Result<Option<Electron<Made>>, String> {
    let made = meet(ctx, &electron)?;
    let silent = is_silent(made.sent.crc);
    Ok((!silent).then(|| electron.map(|_| made)))
}

program!();
