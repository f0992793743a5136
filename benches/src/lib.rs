//! What the benchmarks are made of; `src/bin/bench.rs` and `src/bin/bench-modes.rs` run it.

mod cell;
mod conclusion;
mod error;
mod kafka;
mod modes;
mod process;
mod report;
mod run;

/// The settings of the loop written by hand.
pub mod settings;
/// What travels, and how it is checked.
pub mod workload;

pub use crate::cell::{Cell, Mode, Payload, Side};
pub use crate::conclusion::{conclude, write_json};
pub use crate::error::Error;
pub use crate::kafka::Kafka;
pub use crate::modes::{Cost, Costs};
pub use crate::process::{Attach, Binaries};
pub use crate::report::{Aim, Report, Spread};
pub use crate::run::{Bench, Measured, run};
