//! An async link that is told whom to ask by its electrons.

use catenae::prelude::*;
use catenae_tests::asking::{How, carry_out};

/// Carries out orders, `number: order`.
#[catenae::link(input = "in")]
async fn asker(ctx: &Context, text: &str) {
    let (number, order) = text.split_once(": ").unwrap_or(("?", text));
    println!("{number}: {}", carry_out(ctx, order, How::Await).await);
}

program!();
