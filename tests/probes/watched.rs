//! A middle link that tells, through a clone of its context, what stands still.

use std::time::Duration;

use catenae::prelude::*;

use crate::orders::{Orders, orders};

/// That it is told.
pub struct Told;

/// Prints what stands still whenever that changes.
fn tell(ctx: &Context) -> Told {
    let clone = ctx.clone();
    ctx.spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        let mut before = None;
        loop {
            tick.tick().await;
            let stalls = clone.stalls();
            let now: Vec<(i32, Option<i64>)> = stalls
                .iter()
                .map(|stall| (stall.partition, stall.offset))
                .collect();
            if before.as_ref() != Some(&now) {
                println!("stalls {now:?}");
                before = Some(now);
            }
        }
    });
    Told
}

/// Passes text on.
#[catenae::link(input = "in", output = "out", setup = tell, args = Orders)]
fn watched(_told: &mut Told, ctx: &Context, text: String) -> Result<String, String> {
    orders(ctx).carry_out(&text)?;
    Ok(text)
}

program!();
