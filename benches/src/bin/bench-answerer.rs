//! Answers calls: a method without state, and one that needs it.

use std::io::Read as _;
use std::sync::Once;
use std::thread;

use catenae::prelude::*;

/// What it has answered.
#[derive(Default)]
struct Answered(u64);

/// Answers until its stdin ends.
#[catenae::link(every = "1s", rpc = [echo, counted])]
fn answerer(_: &Answered, ctx: &Context) {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let ctx = ctx.clone();
        thread::spawn(move || {
            let _ = std::io::stdin().read(&mut [0]);
            ctx.stop("its input has ended");
        });
    });
}

/// Gives back what it is given.
#[catenae::rpc]
fn echo(text: String) -> String {
    text
}

/// The same, counted.
#[catenae::rpc]
fn counted(answered: &mut Answered, text: String) -> String {
    answered.0 += 1;
    text
}
