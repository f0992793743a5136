//! Answers calls, and reports each run of a method.

use catenae_torture::calls::{Counts, Part, count, peek, slow};

/// Answers.
#[catenae::link(output = "torture-ran", every = "1s", rpc = [count, peek, slow], args = Part)]
fn callee(_: &Counts) {}

program!();
