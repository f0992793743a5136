//! A link that fails as its electrons say, and counts since its state was built.

use std::path::PathBuf;

use bytes::Bytes;
use catenae::prelude::*;

/// The arguments of the probe.
#[derive(clap::Args)]
pub struct Gate {
    /// Electrons that wait for the gate fail until this file is there
    #[arg(long)]
    gate: Option<PathBuf>,
}

/// Electrons since the state was built.
pub struct Seen(u64);

async fn begin(_: &Context) -> Result<Seen, String> {
    println!("began");
    Ok(Seen(0))
}

/// The text says what happens: `err 2 …` is an error in the first two attempts, `panic 2 …` a panic,
/// `gate …` an error until the gate is open, `enc …` an output that cannot be written.
#[catenae::link(input = "in", output = "out", setup = begin, args = Gate)]
fn flaky(
    seen: &mut Seen,
    ctx: &Context,
    electron: Electron<String, Bytes>,
) -> Result<Electron<String, Bytes>, String> {
    seen.0 += 1;
    let attempt = ctx.attempt();
    let text = electron.value.clone();
    println!("attempt {attempt} at {text}, {} seen", seen.0);
    let mut words = text.split(' ');
    let order = words.next().unwrap_or_default();
    let until: u32 = words
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(u32::MAX);
    match order {
        "err" if attempt <= until => return Err(format!("ordered to fail at {text}")),
        "panic" if attempt <= until => panic!("ordered to panic at {text}"),
        "gate" => {
            let gate = ctx.args::<Gate>().and_then(|args| args.gate.as_ref());
            if !gate.is_some_and(|gate| gate.exists()) {
                return Err(format!("the gate is closed for {text}"));
            }
        }
        "enc" => return Ok(electron.to("no-such-output")),
        _ => {}
    }
    let from = electron.origin().ok_or("an electron without origin")?;
    let from = format!("{} {} {}", from.stream, from.partition, from.offset);
    let attempt = attempt.to_string();
    Ok(electron
        .with_header("from", from)
        .with_header("attempt", attempt))
}

program!();
