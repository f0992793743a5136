//! A link with a state that can be asked for many things.

use catenae::prelude::*;
use catenae_tests::desk::*;

/// Passes text on and counts it.
#[catenae::link(
    input = "in",
    output = "out",
    setup = build,
    args = Counter,
    rpc = [
        tally, add, sum, tear, tear_shared, crash, hold, wait_for, wait_async, say, say_beside, echo,
        number, deep, divide, large, swallow, who, print, call_back
    ]
)]
fn desk(kept: &mut Kept, ctx: &Context, text: &str) -> Result<String, String> {
    take(kept, ctx, text)
}

program!();
