//! What a test can tell a probe to do with an electron: wait for a file, fail, panic.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use catenae::prelude::*;

/// The arguments that probes share.
#[derive(clap::Args)]
pub struct Orders {
    /// Electrons with this text wait for the file of `--gate`
    #[arg(long)]
    hold: Option<String>,
    /// The file
    #[arg(long)]
    gate: Option<PathBuf>,
    /// Electrons with this text are an error
    #[arg(long)]
    fail: Option<String>,
    /// Electrons with this text are a panic
    #[arg(long)]
    panic: Option<String>,
    /// Electrons with this text end the process
    #[arg(long)]
    exit: Option<String>,
    /// With this status
    #[arg(long, default_value_t = 0)]
    exit_status: i32,
    /// Electrons are so many milliseconds of work, those that end in `slow` 300 times as many
    #[arg(long, default_value_t = 0)]
    work: u64,
    /// Print no line per electron
    #[arg(long)]
    quiet: bool,
}

impl Orders {
    /// Does what is ordered for an electron with this text.
    pub fn carry_out(&self, text: &str) -> Result<(), String> {
        self.say("took", text);
        let ordered = |order: &Option<String>| order.as_deref() == Some(text);
        let holds = self.hold.as_deref() == Some("*") || ordered(&self.hold);
        if let (true, Some(gate)) = (holds, &self.gate) {
            println!("holding {:.40}", text);
            while !gate.exists() {
                thread::park_timeout(Duration::from_millis(5));
            }
        }
        let times = if text.ends_with("slow") { 300 } else { 1 };
        let done = Instant::now() + Duration::from_millis(self.work * times);
        while Instant::now() < done {
            thread::park_timeout(done.saturating_duration_since(Instant::now()));
        }
        assert!(!ordered(&self.panic), "ordered to panic at {text}");
        if ordered(&self.exit) {
            std::process::exit(self.exit_status);
        }
        if ordered(&self.fail) {
            return Err(format!("ordered to fail at {text}"));
        }
        self.say("did", text);
        Ok(())
    }

    fn say(&self, what: &str, text: &str) {
        if !self.quiet {
            println!("{what} {text}");
        }
    }
}

/// The orders of the running probe.
pub fn orders(ctx: &Context) -> &Orders {
    ctx.args().expect("declared with `args = Orders`")
}
