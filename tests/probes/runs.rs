//! A program of somebody else's that runs topologies inside.

use std::env;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use catenae::Topology;
use catenae::prelude::*;

/// Whether the reader has something in hand.
static IN_HAND: AtomicBool = AtomicBool::new(false);

/// Sends without an end.
#[catenae::link(output = "numbers", main = false)]
fn endless() -> impl Iterator<Item = u64> {
    0..
}

/// Reads.
#[catenae::link(input = "numbers", main = false)]
fn reader(n: u64) {
    if n == 0 {
        println!("reading");
    }
}

/// Sends one number, and leaves a task behind that panics when the number is in hand.
#[catenae::link(output = "one", main = false)]
fn leaver(ctx: &Context) -> [u64; 1] {
    let _watched_over = ctx.spawn(async {
        while !IN_HAND.load(Ordering::SeqCst) {
            look_again().await;
        }
        panic!("ordered to panic in the task of a source that has ended");
    });
    [1]
}

/// Has the number in hand until the whole stops.
#[catenae::link(input = "one", main = false)]
fn holder(ctx: &Context, _n: u64) {
    IN_HAND.store(true, Ordering::SeqCst);
    while !ctx.is_stopping() {
        thread::park_timeout(Duration::from_millis(5));
    }
}

fn run(name: &str, topology: Topology) -> Result<(), catenae::Error> {
    let ended = topology.run();
    match &ended {
        Ok(_) => println!("the {name} run has ended"),
        Err(error) => println!("the {name} run has failed: {error}"),
    }
    ended.map(drop)
}

pub fn program() -> ExitCode {
    if env::args().any(|argument| argument == "left") {
        let left = Topology::new("left").link::<leaver>().link::<holder>();
        return match run("only", left) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    for name in ["first", "second"] {
        let endless = Topology::new("endless").link::<endless>().link::<reader>();
        if run(name, endless).is_err() {
            return ExitCode::FAILURE;
        }
    }
    println!("nothing runs any more");
    loop {
        thread::park();
    }
}

/// The time until a condition is looked at again.
async fn look_again() {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    tick.tick().await;
    tick.tick().await;
}
