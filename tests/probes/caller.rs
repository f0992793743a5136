//! A link that is told whom to ask by its electrons, by its arguments and by those who ask it.

use catenae::prelude::*;
use catenae_tests::asking::{How, Orders, carried_out, carry_out, carry_out_waiting};
use catenae_tests::desk::print;

/// The arguments of the probe.
#[derive(clap::Args)]
pub struct Beginning {
    /// An order that is carried out in `setup`
    #[arg(long)]
    setup: Option<String>,
}

fn begin(ctx: &Context) -> Orders {
    let order = ctx
        .args::<Beginning>()
        .and_then(|args| args.setup.as_deref());
    if let Some(order) = order {
        println!("in setup: {}", carry_out_waiting(ctx, order));
    }
    Orders(0)
}

/// Carries out orders, `number: order`, one after the other; where it begins with `async`, in a task
/// of its own.
#[catenae::link(
    input = "in",
    setup = begin,
    args = Beginning,
    rpc = [carry_here, carry_beside, carried_out, print]
)]
fn caller(orders: &mut Orders, ctx: &Context, text: &str) {
    orders.0 += 1;
    let (number, order) = text.split_once(": ").unwrap_or(("?", text));
    match order.strip_prefix("async ") {
        None => println!("{number}: {}", carry_out_waiting(ctx, order)),
        Some(order) => {
            let (ctx, number, order) = (ctx.clone(), number.to_owned(), order.to_owned());
            let clone = ctx.clone();
            drop(ctx.spawn(async move {
                println!("{number}: {}", carry_out(&clone, &order, How::Await).await);
            }));
        }
    }
}

/// Carries out an order on the lane, with the state in hand.
#[catenae::rpc]
async fn carry_here(orders: &mut Orders, order: String, ctx: &Context) -> String {
    orders.0 += 1;
    carry_out(ctx, &order, How::Await).await
}

/// Carries out an order beside the lane.
#[catenae::rpc]
async fn carry_beside(order: String, ctx: &Context) -> String {
    carry_out(ctx, &order, How::Await).await
}

program!();
