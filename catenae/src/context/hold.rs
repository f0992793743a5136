//! Keeping an electron open for something other than an output: a write to a store, a call to a service.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::context::Port;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;

/// Keeps an electron open, see [`Context::hold`](crate::Context::hold): its offset is not committed before the hold is
/// released.
///
/// It may be moved to a task or a thread. If it is dropped without [`release`](Self::release), the electron fails;
/// unless its function has failed itself, whose failure counts then.
#[must_use = "dropped at once, it fails the electron"]
pub struct Hold {
    /// The electron; `None` where there is none in hand, and when it is let go.
    held: Option<(Arc<dyn Port>, Slot)>,
}

impl Hold {
    pub(super) fn new(held: Option<(Arc<dyn Port>, Slot)>) -> Self {
        Self { held }
    }

    /// What the electron was held for is done.
    pub fn release(mut self) {
        self.let_go(Ok(()));
    }

    /// What the electron was held for has failed, and the electron with it, with the kind
    /// [`Held`](FailureKind::Held): what `on_error(handler = …)` says follows. It is not tried again by `retry`.
    pub fn fail(mut self, why: impl Into<Box<dyn StdError + Send + Sync>>) {
        self.let_go(Err(Failure::new(FailureKind::Held, why)));
    }

    fn let_go(&mut self, result: Result<(), Failure>) {
        if let Some((port, slot)) = self.held.take() {
            port.let_go(slot, result);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let dropped = "its hold was dropped, and neither released nor failed";
        self.let_go(Err(Failure::new(FailureKind::Held, dropped)));
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.held.as_ref().map(|(_, slot)| slot);
        f.debug_tuple("Hold").field(&slot).finish()
    }
}
