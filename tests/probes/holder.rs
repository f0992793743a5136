//! A link that holds its electrons for something that goes on beside it.

use std::path::PathBuf;

use catenae::prelude::*;
use catenae_tests::desk::park_until;

/// What is waited for.
#[derive(clap::Args)]
pub struct Gate {
    /// `gate …` is held until this file is there
    #[arg(long)]
    gate: Option<PathBuf>,
}

/// `gate …` is released when the gate is open, `late …` fails then, `fail …` fails at once, `drop …` is forgotten, anything else is released at once.
/// At `err …` and `panic …` the function itself fails, and drops its hold.
#[catenae::link(input = "in", output = "out", args = Gate)]
fn holder(ctx: &Context, text: String) -> Result<String, String> {
    println!("began {text}");
    let hold = ctx.hold();
    match text.split(' ').next() {
        Some("err") => return Err(format!("no {text}")),
        Some("panic") => panic!("no {text}"),
        _ => {}
    }
    let gate = ctx.args::<Gate>().and_then(|args| args.gate.clone());
    let passed_on = text.clone();
    ctx.spawn(async move {
        match text.split(' ').next() {
            Some(order @ ("gate" | "late")) => {
                let gate = gate.unwrap_or_default();
                let opened = tokio::task::spawn_blocking(move || park_until(&gate));
                opened.await.expect("it only waits");
                println!("released {text}");
                match order {
                    "late" => hold.fail("the store was closed"),
                    _ => hold.release(),
                }
            }
            Some("fail") => hold.fail(format!("the store refuses {text}")),
            Some("drop") => drop(hold),
            _ => hold.release(),
        }
    });
    Ok(passed_on)
}

program!();
