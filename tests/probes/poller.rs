//! A function with a period that asks.

use catenae::prelude::*;
use catenae_tests::asking::{How, carry_out};

/// The arguments of the probe.
#[derive(clap::Args)]
pub struct Order {
    /// Whom to ask
    #[arg(long)]
    order: String,
}

/// Asks, and prints what came of it.
#[catenae::link(every = "100ms", args = Order)]
async fn poller(ctx: &Context) {
    if let Some(args) = ctx.args::<Order>() {
        println!("{}", carry_out(ctx, &args.order, How::Await).await);
    }
}

program!();
