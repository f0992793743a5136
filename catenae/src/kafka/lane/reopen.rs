//! Building the state of a lane anew, as after a restart.

use super::{Lane, caught};
use crate::error::{Error, ErrorKind};
use crate::link::Runner;
use crate::outcome::{Failure, FailureKind};

/// Builds the state and the runner of a lane: the user's `setup`, or `Default`.
pub(crate) type Open<'l> = &'l dyn Fn() -> Result<Box<dyn Runner>, Error>;

/// Drops a state, which may run code of the user.
pub(super) fn let_go(old: Option<Box<dyn Runner>>) {
    let dropped = caught(|| {
        drop(old);
        Ok(())
    });
    if let Err(failure) = dropped {
        tracing::warn!(
            "a state did not go away in order: {}",
            failure.with_causes()
        );
    }
}

/// Says why a state is built anew.
pub(super) fn say_torn() {
    tracing::warn!("the state may be torn by the panic: it is built anew, as after a restart");
}

impl Lane<'_, '_> {
    /// Throws the state away and builds it anew; does nothing for a link without one. The old state
    /// goes first: it may hold what the new one needs.
    ///
    /// # Errors
    /// What `setup` said; then the lane has no state, and runs nothing any more.
    pub(crate) fn reopen(&mut self) -> Result<(), Error> {
        let Some(open) = self.open else {
            return Ok(());
        };
        let_go(self.runner.take());
        self.runner = Some(open()?);
        // What `setup` sent is no part of the next electron.
        self.shop.outbox.hand_over_lane().map_err(|failure| {
            let context = format!("{}: what `setup` sent was not taken", self.shop.who);
            Error::new(ErrorKind::Lifecycle, context).caused_by(failure)
        })
    }

    /// A panic may have torn the state in the middle of a change: before the lane goes on it gets
    /// another one. Returns whether it can go on.
    pub(super) fn mend(&mut self) -> bool {
        if self.open.is_none() {
            return true;
        }
        say_torn();
        match self.reopen() {
            Ok(()) => true,
            Err(error) => {
                self.shop.stopper.fail(error);
                false
            }
        }
    }

    /// What a lane says of an electron that comes when its state is gone.
    pub(super) fn without_state() -> Failure {
        let why = "the state of the lane could not be built anew";
        Failure::new(FailureKind::Lifecycle, why)
    }
}
