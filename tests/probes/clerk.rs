//! A micromodule without streams or state: it only answers.

use catenae_tests::desk::{divide, number, print, wait_for, who};

/// Answers.
#[catenae::link(rpc = [number, divide, print, wait_for, who])]
fn clerk() {}

program!();
