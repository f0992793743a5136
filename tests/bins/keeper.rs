//! State with a beginning and an end, either of which may fail.

use catenae::prelude::*;

/// What goes wrong.
#[derive(clap::Args)]
pub struct Trouble {
    /// `setup`, `finish`, `setup-panic` or `finish-panic`
    #[arg(long)]
    trouble: Option<String>,
}

/// Counts.
pub struct Kept(u64);

fn trouble(ctx: &Context, place: &str) -> Result<(), String> {
    let trouble = ctx
        .args::<Trouble>()
        .and_then(|args| args.trouble.as_deref());
    assert_ne!(
        trouble,
        Some(&*format!("{place}-panic")),
        "ordered to panic"
    );
    if trouble == Some(place) {
        return Err(format!("ordered to fail in {place}"));
    }
    Ok(())
}

async fn begin(ctx: &Context) -> Result<Kept, String> {
    trouble(ctx, "setup")?;
    println!("began as {} of {}", ctx.uid(), ctx.group());
    Ok(Kept(0))
}

fn end(kept: Kept, ctx: &Context) -> Result<(), String> {
    println!("ended with {}", kept.0);
    let _sent_last = ctx.send(format!("total {}", kept.0));
    trouble(ctx, "finish")
}

/// Counts what it takes; the text `stop` stops it.
#[catenae::link(input = "in", output = "out", setup = begin, finish = end, args = Trouble)]
fn keeper(kept: &mut Kept, ctx: &Context, text: &str) {
    kept.0 += 1;
    println!("kept {text}");
    if text == "stop" {
        ctx.stop("the text said so");
    }
}
