//! What the probes of calls can be asked: one list, so that those who ask have the stubs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use catenae::prelude::*;
use serde::{Deserialize, Serialize};

/// The arguments of a desk.
#[derive(clap::Args)]
pub struct Counter {
    /// Electrons with the text `gate` wait for this file
    #[arg(long)]
    gate: Option<PathBuf>,
    /// The state cannot be built while this file is there
    #[arg(long)]
    trouble: Option<PathBuf>,
}

/// The state of a desk: it tells how often it was built, and what it saw since.
pub struct Kept {
    built: u64,
    handled: u64,
    sums: BTreeMap<String, u64>,
}

static BUILT: AtomicU64 = AtomicU64::new(0);

/// Builds it.
///
/// # Errors
/// When it is ordered to fail.
pub fn build(ctx: &Context) -> Result<Kept, String> {
    let trouble = ctx.args::<Counter>().and_then(|args| args.trouble.as_ref());
    if trouble.is_some_and(|file| file.exists()) {
        return Err("ordered to fail in setup".to_owned());
    }
    let built = BUILT.fetch_add(1, Ordering::SeqCst) + 1;
    println!("built {built}");
    Ok(Kept {
        built,
        handled: 0,
        sums: BTreeMap::new(),
    })
}

/// What a desk does with an electron: `gate` waits for the file, `err` fails, all else is counted.
///
/// # Errors
/// When it is ordered to fail.
pub fn take(kept: &mut Kept, ctx: &Context, text: &str) -> Result<String, String> {
    if let ("gate", Some(gate)) = (
        text,
        ctx.args::<Counter>().and_then(|args| args.gate.as_ref()),
    ) {
        println!("holding the electron");
        park_until(gate);
    }
    if text == "err" {
        println!("ordered to fail, attempt {}", ctx.attempt());
        return Err("ordered to fail".to_owned());
    }
    kept.handled += 1;
    Ok(text.to_owned())
}

/// Waits for a file.
pub fn park_until(file: &Path) {
    while !file.exists() {
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// How often the state was built, and how many electrons it has handled since.
#[catenae::rpc]
pub fn tally(kept: &Kept) -> (u64, u64) {
    (kept.built, kept.handled)
}

/// Adds to the sum of a word.
#[catenae::rpc]
pub fn add(kept: &mut Kept, word: String, n: u64) -> u64 {
    let sum = kept.sums.entry(word).or_default();
    *sum += n;
    *sum
}

/// The sum of a word.
#[catenae::rpc(idempotent)]
pub fn sum(kept: &Kept, word: String) -> u64 {
    kept.sums.get(&word).copied().unwrap_or_default()
}

/// Panics when it has changed half of what it should.
#[catenae::rpc]
pub fn tear(kept: &mut Kept) -> u64 {
    kept.sums.clear();
    panic!("ordered to panic with the state");
}

/// Panics while it looks.
#[catenae::rpc]
pub fn tear_shared(kept: &Kept) -> u64 {
    panic!("ordered to panic at {}", kept.built);
}

/// Panics without a state.
#[catenae::rpc]
pub fn crash() -> u64 {
    panic!("ordered to panic beside the lane");
}

/// Keeps the lane until a file is there.
#[catenae::rpc]
pub fn hold(_kept: &mut Kept, file: PathBuf) {
    println!("holding the lane");
    park_until(&file);
}

/// Needs so many times 64 KiB of its stack.
#[catenae::rpc]
pub fn deep(levels: u64) -> u64 {
    down(levels)
}

fn down(levels: u64) -> u64 {
    let frame = std::hint::black_box([1_u8; 64 << 10]);
    let below = levels.checked_sub(1).map_or(0, down);
    // Looked at behind the call, so that it is kept during it.
    below + u64::from(std::hint::black_box(&frame)[0])
}

/// Returns when a file is there.
#[catenae::rpc]
pub fn wait_for(file: PathBuf) -> PathBuf {
    println!("waiting beside the lane");
    park_until(&file);
    file
}

/// The same without keeping a thread.
#[catenae::rpc]
pub async fn wait_async(file: PathBuf) -> PathBuf {
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    while !file.exists() {
        tick.tick().await;
    }
    file
}

/// Sends a text, from the lane.
#[catenae::rpc]
pub fn say(kept: &mut Kept, text: String, ctx: &Context) -> u64 {
    let _observed_by_the_lane = ctx.send(text);
    kept.handled
}

/// Sends a text from beside the lane.
#[catenae::rpc]
pub async fn say_beside(text: String, ctx: &Context) -> Result<(), String> {
    ctx.send(text).await.map_err(|failure| {
        let mut why = failure.to_string();
        let mut cause = std::error::Error::source(&failure);
        while let Some(next) = cause {
            why = format!("{why}: {next}");
            cause = next.source();
        }
        why
    })
}

/// What nothing else is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// Has nothing.
    Dot,
    /// Has a radius.
    Circle(f64),
    /// Has fields.
    Box {
        /// One side.
        width: u32,
        /// The other, or as wide as high.
        height: Option<u32>,
    },
}

/// Arguments of many kinds, as they come.
pub type Kinds = (
    String,
    i64,
    Vec<Shape>,
    BTreeMap<String, Option<bool>>,
    Bytes,
    (char, [u16; 3]),
);

/// Returns its arguments.
#[catenae::rpc(idempotent)]
pub fn echo(
    text: String,
    number: i64,
    shapes: Vec<Shape>,
    map: BTreeMap<String, Option<bool>>,
    bytes: Bytes,
    pair: (char, [u16; 3]),
) -> Kinds {
    (text, number, shapes, map, bytes, pair)
}

/// Returns a number.
#[catenae::rpc(idempotent)]
pub fn number(n: u64) -> u64 {
    n
}

/// Why there is no quotient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NoQuotient {
    /// The divisor is zero.
    ByZero {
        /// What was to be divided.
        dividend: i64,
    },
}

/// Divides.
#[catenae::rpc]
pub fn divide(dividend: i64, divisor: i64) -> Result<i64, NoQuotient> {
    dividend
        .checked_div(divisor)
        .ok_or(NoQuotient::ByZero { dividend })
}

/// So many bytes.
#[catenae::rpc]
pub fn large(bytes: usize) -> Bytes {
    vec![7; bytes].into()
}

/// How many bytes.
#[catenae::rpc]
pub fn swallow(bytes: Bytes) -> usize {
    bytes.len()
}

/// Who asks whom.
#[catenae::rpc]
pub fn who(caller: &Caller, ctx: &Context) -> String {
    let (uid, class) = (caller.uid(), caller.class());
    format!("{class}/{uid} asks {}/{}", ctx.class(), ctx.uid())
}

/// Says so on the standard output.
#[catenae::rpc]
pub fn print(text: String) {
    println!("{text}");
}

/// Calls back whoever asks.
#[catenae::rpc]
pub fn call_back(text: String, caller: &Caller, ctx: &Context) -> Result<(), CallError> {
    print::at(caller.uid()).notify(ctx, format!("called back: {text}"))
}
