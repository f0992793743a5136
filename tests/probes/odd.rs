//! An async link whose function does to itself what the text of an electron says.

use std::process;
use std::thread;

use catenae::prelude::*;
use tokio::runtime::{Handle, Runtime};

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("a value panics when it is dropped");
    }
}

/// Passes text on, unless it is told to do something odd.
#[catenae::link(input = "in", output = "out")]
async fn odd(ctx: &Context, text: String) -> String {
    match &*text {
        "a runtime blocks" => Runtime::new().expect("a runtime").block_on(async {}),
        "a handle blocks" => Handle::current().block_on(async {}),
        "a drop panics" => drop(Fragile),
        "no text" => std::panic::panic_any(7),
        "a thread panics" => {
            let thread = thread::spawn(|| panic!("the thread of a function panics"));
            thread.join().expect("the thread ends");
        }
        "a drop panics in a panic" => {
            let _fragile = Fragile;
            panic!("the first panic");
        }
        "the stack ends" => println!("{}", deep(1)),
        "abort" => process::abort(),
        "threads" => thread::scope(|scope| {
            scope.spawn(|| println!("{} in a thread", ctx.uid()));
            let clone = ctx.clone();
            scope.spawn(move || println!("{} in another", clone.uid()));
        }),
        _ => (),
    }
    text
}

/// Calls itself without an end that is ever reached.
fn deep(n: u64) -> u64 {
    let kept = std::hint::black_box([n; 64]);
    match std::hint::black_box(n) {
        0 => 0,
        _ => deep(n + 1) + kept[63],
    }
}

program!();
