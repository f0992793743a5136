//! Takes tombstones and text, and writes both.

use catenae::prelude::*;

/// Swaps: a tombstone becomes `gone`, the text `bury` a tombstone.
#[catenae::link(input = "in", output = "out")]
fn tombs(electron: Electron<Option<String>>) -> Electron<Option<String>> {
    electron.map(|value| match value.as_deref() {
        None => Some("gone".to_owned()),
        Some("bury") => None,
        Some(text) => Some(text.to_owned()),
    })
}

program!();
