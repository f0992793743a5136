//! The end of the logs: prints each line behind the id of the instance that got it.

use catenae::prelude::*;

/// Prints a line behind the id of this instance.
#[catenae::link(input = "logs")]
pub fn logs_printer(line: &str, ctx: &Context) {
    println!("{} | {line}", ctx.uid());
}
