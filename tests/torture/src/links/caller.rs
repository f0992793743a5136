//! Calls callees in every way, and reports what comes of each call.

use catenae::prelude::*;
use catenae_torture::calls::{Asked, Part, ask_all};

/// Asks.
#[catenae::link(output = "torture-told", every = "100ms", args = Part)]
fn caller(asked: &mut Asked, ctx: &Context) {
    ask_all(asked, ctx);
}

program!();
