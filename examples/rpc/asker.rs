//! Asks counters: one of them, one by its uid, all of them, and everybody who has the method.

use catenae::prelude::*;
use catenae::rpc::CallError;

use crate::counter::{add, count, counter, reset};

/// How many counters are asked.
const COUNTERS: usize = 2;

/// Asks the counters, prints their answers and stops.
#[catenae::link(every = "200ms", main = false)]
pub fn asker(ctx: &Context) -> Result<(), CallError> {
    let instances = ctx.instances().into_iter();
    let counters: Vec<String> = instances
        .filter(|instance| instance.class() == "counter")
        .map(|instance| instance.uid().to_owned())
        .collect();
    if counters.len() < COUNTERS {
        return Ok(());
    }

    // Each instance has a state of its own.
    for (uid, word) in counters.iter().zip(["to", "be"]) {
        let seen = add::at(uid).call(ctx, word).wait()?;
        println!("`{word}` was seen {seen} time");
    }

    // Any of them: whoever answers. An error that the method returns is in the answer.
    if let Err(unknown) = count::any::<counter>().call(ctx, "not").wait()? {
        println!("`{}` was never seen", unknown.word);
    }

    // All of them.
    let gathered = count::all::<counter>().call(ctx, "be").wait()?;
    let counts: u64 = gathered.into_values().flatten().sum();
    println!("all of them together saw `be` {counts} time");

    // Every micromodule that has the method, whatever its class.
    let forgotten = reset::broadcast().call(ctx, ()).wait()?;
    println!(
        "{} counters forgot {} words",
        counters.len(),
        forgotten.into_values().sum::<usize>()
    );

    ctx.stop("asked everything");
    Ok(())
}
