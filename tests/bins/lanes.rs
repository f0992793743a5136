//! The worker on four lanes.

use bytes::Bytes;
use catenae::prelude::*;

mod orders;
use orders::{Orders, orders};

/// Passes text on with its key and headers, four at a time.
#[catenae::link(input = "in", output = "out", args = Orders, lanes = 4)]
fn lanes(
    ctx: &Context,
    electron: Electron<String, Bytes>,
) -> Result<Electron<String, Bytes>, String> {
    orders(ctx).carry_out(&electron.value)?;
    Ok(electron)
}
