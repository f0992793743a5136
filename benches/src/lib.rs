//! What the benchmarks are made of; `bench`, `bench-inputs`, `bench-modes`, `bench-long` and `bench-rpc` in `src/bin` run it.

mod cell;
mod conclusion;
mod error;
mod inputs;
mod kafka;
mod long;
mod modes;
mod process;
mod report;
mod run;

/// Calls beside the hops they are made of.
pub mod calls;
/// The settings of what is written by hand.
pub mod settings;
/// What travels, and how it is checked.
pub mod workload;

pub use crate::cell::{Cell, Mode, Payload, Side};
pub use crate::conclusion::{conclude, write_json};
pub use crate::error::Error;
pub use crate::inputs::{FORMS, Form, FormRun, FormRuns, drain_inputs};
pub use crate::kafka::Kafka;
pub use crate::long::{BROKER, LongRun, Tenth, run_long};
pub use crate::modes::{Cost, Costs};
pub use crate::process::{Attach, Binaries};
pub use crate::report::{Aim, Report, Spread};
pub use crate::run::{Bench, Measured, run};
