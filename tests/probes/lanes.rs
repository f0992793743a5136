//! The worker on four lanes.

use bytes::Bytes;
use catenae::prelude::*;
use catenae_tests::desk::{number, wait_for};

use crate::orders::{Orders, orders};

/// Passes text on with its key and headers, four at a time.
#[catenae::link(
    input = "in",
    output = "out",
    args = Orders,
    lanes = 4,
    rpc = [number, wait_for]
)]
fn lanes(
    ctx: &Context,
    electron: Electron<String, Bytes>,
) -> Result<Electron<String, Bytes>, String> {
    orders(ctx).carry_out(&electron.value)?;
    Ok(electron)
}

program!();
