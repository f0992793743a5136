//! Several outputs: an electron says which one it goes to.

use catenae::prelude::*;

/// `name text` goes to the output called `name`, anything else to the first; headers come along,
/// and one more.
#[catenae::link(input = "in", output = ["out"])]
fn router(electron: Electron<String>) -> Vec<Electron<String>> {
    let copy = electron.clone();
    let marked = copy.with_header("routed", "yes");
    match electron.value.split_once(' ') {
        Some((name, text)) => vec![marked.map(|_| text.to_owned()).to(name)],
        None => vec![marked],
    }
}

program!();
