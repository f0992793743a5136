//! Adds and removes inputs while it runs.

use catenae::prelude::*;

/// `+name` adds an input, `-name` removes one, anything else is printed.
#[catenae::link(input = "in")]
fn tuner(ctx: &Context, text: &str) {
    match text.split_at_checked(1) {
        Some(("+", name)) => ctx.add_input(name),
        Some(("-", name)) => ctx.remove_input(name),
        _ => {}
    }
    println!("tuned {text}");
}

program!();
