//! A link whose outputs are many, or none: what a transaction must hold together.

use std::collections::BTreeMap;

use catenae::prelude::*;

use crate::orders::{Orders, orders};

/// What it has seen.
#[derive(Default)]
struct Seen(BTreeMap<String, u64>);

/// Says when its state is built.
fn begin() -> Seen {
    println!("began");
    Seen::default()
}

/// Sends `<text>-0`, `<text>-1` through the context and returns `<text>-2`; nothing for a text that
/// begins with `none`. Says so when its state has seen a text before.
#[catenae::link(input = "in", output = "out", args = Orders, setup = begin)]
fn spread(seen: &mut Seen, ctx: &Context, text: String) -> Result<Option<String>, String> {
    let times = seen.0.entry(text.clone()).or_default();
    *times += 1;
    if *times > 1 {
        println!("its state saw {text} {times} times");
    }
    if text.starts_with("none") {
        orders(ctx).carry_out(&text)?;
        return Ok(None);
    }
    for n in 0..2 {
        let _put_aside = ctx.send(Electron::new(format!("{text}-{n}")).with_key(text.clone()));
    }
    orders(ctx).carry_out(&text)?;
    Ok(Some(format!("{text}-2")))
}

program!();
