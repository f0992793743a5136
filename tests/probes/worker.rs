//! A middle link: passes text on with its key and headers, as ordered.

use bytes::Bytes;
use catenae::prelude::*;

use crate::orders::{Orders, orders};

/// Passes text on with its key and headers.
#[catenae::link(input = "in", output = "out", args = Orders)]
fn worker(
    ctx: &Context,
    electron: Electron<String, Bytes>,
) -> Result<Electron<String, Bytes>, String> {
    orders(ctx).carry_out(&electron.value)?;
    Ok(electron)
}

program!();
