//! State with a beginning and an end, either of which may fail.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use catenae::prelude::*;

/// What goes wrong.
#[derive(clap::Args)]
pub struct Trouble {
    /// `setup` or `finish`, alone or with `-panic`, `-hang` or `-exit`
    #[arg(long)]
    trouble: Option<String>,
    /// The command line is not read before this file is there
    #[arg(long, value_parser = wait_for)]
    after: Option<PathBuf>,
}

fn wait_for(file: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(file);
    println!("waiting for the file");
    while !file.exists() {
        thread::park_timeout(Duration::from_millis(5));
    }
    Ok(file)
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
    if trouble == Some(&*format!("{place}-hang")) {
        println!("hanging in {place}");
        loop {
            thread::park();
        }
    }
    if trouble == Some(&*format!("{place}-exit")) {
        std::process::exit(0);
    }
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

program!();
