//! A leaf: prints what it takes and where it came from, as ordered.

use catenae::prelude::*;

use crate::orders::{Orders, orders};

/// Prints stream, partition, offset and text.
#[catenae::link(input = "in", args = Orders)]
fn leaf(ctx: &Context, electron: Electron<String, bytes::Bytes>) -> Result<(), String> {
    let from = electron.origin().ok_or("an electron without origin")?;
    orders(ctx).carry_out(&electron.value)?;
    let (stream, partition, offset) = (&from.stream, from.partition, from.offset);
    println!(
        "from {stream} {partition} {offset} {} by {}",
        electron.value,
        ctx.uid()
    );
    Ok(())
}

program!();
