//! Between two electrons: the calls that need the state, and standing still while paused.

use std::time::Instant;

use super::Lane;

impl Lane<'_, '_> {
    /// Runs the calls that wait, ahead of the next electron, and stands still while the micromodule
    /// is paused.
    pub(super) fn run_queued(&mut self) {
        self.function.run_called();
        let shared = self.shared;
        if shared.lane_queue.pause.is_paused() {
            // What it had in hand is done: a lane that stands still holds nothing up.
            self.inbox.hand.rest();
            let serve = || self.function.run_called();
            shared.wait(Some(Instant::now()), || false, serve);
        }
    }
}
