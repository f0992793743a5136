//! An async link that sends through its context.

use catenae::prelude::*;

/// Sends `<text>-sent` without looking, awaits `<text>-awaited`, returns `<text>`.
#[catenae::link(input = "in", output = "out")]
async fn sender(ctx: &Context, text: &str) -> Result<String, catenae::Failure> {
    let _unobserved = ctx.send(format!("{text}-sent"));
    ctx.send(Electron::new(format!("{text}-awaited")).with_key("k".to_owned()))
        .await?;
    println!("delivered {text}");
    Ok(text.to_owned())
}

program!();
