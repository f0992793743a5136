//! A link with two inputs, which prints which of them each electron is of.

use catenae::prelude::*;

/// `+name` adds an input; `once …` fails at its first attempt.
#[catenae::link(input = ["urgent", "bulk"])]
fn inlets(ctx: &Context, electron: Electron<String>) -> Result<(), String> {
    let from = electron.origin().ok_or("an electron without origin")?;
    match electron.value.split_once(' ') {
        Some(("+", name)) => ctx.add_input(name),
        Some(("once", _)) if ctx.attempt() == 1 => return Err("ordered to fail".to_owned()),
        _ => {}
    }
    let index = from
        .input
        .map_or("none".to_owned(), |index| index.to_string());
    println!(
        "{} is of input {index}, attempt {}",
        electron.value,
        ctx.attempt()
    );
    Ok(())
}

program!();
