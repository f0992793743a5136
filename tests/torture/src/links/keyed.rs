//! One input, one output, and a state: how many of each key this instance has seen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use catenae::prelude::*;
use catenae_torture::{Conduct, Made, Sent, meet};

/// What the instance has seen since the state was built: the engine rebuilds it when it takes
/// back what the state has seen.
struct Seen {
    built: u64,
    of: HashMap<String, u64>,
}

impl Default for Seen {
    fn default() -> Self {
        static BUILT: AtomicU64 = AtomicU64::new(0);
        Self {
            built: BUILT.fetch_add(1, Ordering::Relaxed),
            of: HashMap::new(),
        }
    }
}

/// Numbers the electrons of each key.
#[catenae::link(input = "torture-a", output = "torture-keyed", args = Conduct)]
fn keyed(
    seen: &mut Seen,
    ctx: &Context,
    electron: Electron<Sent>,
) -> Result<Electron<Made>, String> {
    let count = seen.of.entry(electron.value.key.clone()).or_default();
    *count += 1;
    // A later state counts higher than any before it.
    let made = meet(ctx, &electron)?.counted(seen.built << 32 | *count);
    Ok(electron.map(|_| made))
}

program!();
