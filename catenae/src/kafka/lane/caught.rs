//! The border to the user's code: what panics there comes back as a failure.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::outcome::{Failure, FailureKind};

/// Runs the user's code; a panic becomes a failure. The panic hook has printed its place already.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(Failure::new(FailureKind::Panic, panic_text(&*panic))))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "the panic's value is not text".to_owned()
    }
}
