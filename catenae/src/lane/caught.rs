//! The border to the user's code: what panics there comes back as a failure.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::outcome::{Failure, FailureKind};
use crate::panics;

/// Runs the user's code; a panic becomes a failure. The panic hook has printed its place already.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(Failure::new(FailureKind::Panic, panics::text(&*panic))))
}
