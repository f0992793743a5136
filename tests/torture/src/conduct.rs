//! How an instance behaves, told on its command line: slowly, badly, or well.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use catenae::prelude::*;

use crate::nature::{failures, panics};
use crate::pace::pause;
use crate::wire::{Made, Sent};

/// The arguments that the links under torture share.
#[derive(Debug, Default, clap::Args)]
pub struct Conduct {
    /// The name of this process, which no other has or had
    #[arg(long, default_value = "")]
    process: String,
    /// Microseconds of work per electron
    #[arg(long, default_value_t = 0)]
    work_us: u64,
    /// Every so many electrons one takes long
    #[arg(long)]
    slow_every: Option<u64>,
    /// How long, in milliseconds
    #[arg(long, default_value_t = 1000)]
    slow_ms: u64,
    /// After so many that took long it is fast again: how soon a run is over must not depend on the instance that was
    /// slow last
    #[arg(long)]
    slow_times: Option<u64>,
    /// The so manieth electron of this process is a panic
    #[arg(long)]
    panic_at: Option<u64>,
    /// The so manieth electron of this process is an error
    #[arg(long)]
    fail_at: Option<u64>,
    #[arg(skip)]
    handled: AtomicU64,
}

impl Conduct {
    /// Whether it is slow for that many-th time.
    fn is_slow_for(&self, times: u64) -> bool {
        self.slow_times.is_none_or(|most| times <= most)
    }
}

/// Handles one electron as the command line says, and makes the output.
///
/// # Errors
/// When that was ordered, or when the engine hands over what nobody sent.
///
/// # Panics
/// When that was ordered.
pub fn meet(ctx: &Context, electron: &Electron<Sent>) -> Result<Made, String> {
    let conduct: &Conduct = ctx.args().expect("declared with `args = Conduct`");
    let nth = conduct.handled.fetch_add(1, Ordering::Relaxed) + 1;
    if conduct.work_us > 0 {
        pause(Duration::from_micros(conduct.work_us));
    }
    if conduct
        .slow_every
        .is_some_and(|every| nth.is_multiple_of(every) && conduct.is_slow_for(nth / every))
    {
        pause(Duration::from_millis(conduct.slow_ms));
    }
    assert_ne!(conduct.panic_at, Some(nth), "ordered to panic");
    if conduct.fail_at == Some(nth) {
        return Err("ordered to fail".to_owned());
    }
    Made::of(&conduct.process, nth, electron)
}

/// Fails at those electrons, and attempts, that are meant to.
///
/// # Errors
/// At some of those.
///
/// # Panics
/// At the others.
pub fn stumble(ctx: &Context, electron: &Electron<Sent>) -> Result<(), String> {
    let (crc, attempt) = (electron.value.crc, ctx.attempt());
    if attempt > failures(crc) {
        return Ok(());
    }
    assert!(!panics(crc), "meant to panic, attempt {attempt}");
    Err(format!("meant to fail, attempt {attempt}"))
}
