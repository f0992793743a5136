//! One input, one output, and a state: how many of each key this instance has seen.

use std::collections::HashMap;

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// What the instance has seen.
#[derive(Default)]
struct Seen(HashMap<String, u64>);

/// Numbers the electrons of each key.
#[catenae::link(input = "torture-a", output = "torture-keyed", args = Conduct)]
fn keyed(
    seen: &mut Seen,
    ctx: &Context,
    electron: Electron<Sent>,
) -> Result<Electron<Made>, String> {
    let count = seen.0.entry(electron.value.key.clone()).or_default();
    *count += 1;
    let made = meet(ctx, &electron)?.counted(*count);
    Ok(electron.map(|_| made))
}
