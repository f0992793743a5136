//! Between two electrons: the calls that need the state, and standing still while paused.

use std::time::Duration;

use super::{Lane, Shop};
use crate::context::InHand;
use crate::errands::Ran;
use crate::link::Runner;

/// The longest single wait of a lane that stands still.
const A_WHILE: Duration = Duration::from_secs(60);

impl Lane<'_, '_> {
    /// Runs the calls that wait, ahead of the next electron, and stands still while the micromodule
    /// is paused.
    pub(super) fn run_errands(&mut self) {
        self.run_called();
        if self.shop.errands.is_paused() {
            self.stand_still();
        }
    }

    fn stand_still(&mut self) {
        let shop = self.shop;
        // What it had in hand is done: a lane that stands still holds nothing up.
        self.inbox.hand.rest();
        loop {
            let ended = || shop.stopper.is_stopping() || !shop.errands.is_paused();
            let called = || ended() || shop.errands.is_called();
            if !shop.bell.wait(A_WHILE, called) {
                tracing::info!("still paused; the rpc `resume` makes it go on");
            }
            if ended() {
                return;
            }
            self.run_called();
        }
    }

    /// Runs the calls that wait.
    pub(super) fn run_called(&mut self) {
        let shop = self.shop;
        // Not those that come meanwhile: electrons have their turn, too.
        for _ in 0..shop.errands.waiting() {
            if shop.stopper.is_stopping() || !self.is_up_to_date() {
                return;
            }
            let Some(runner) = &mut self.runner else {
                // The micromodule stops: what waits is refused when its errands are closed.
                return;
            };
            if run_one(shop, &self.in_hand, &mut **runner) == Some(Ran::Torn) {
                // The micromodule stops when the state cannot be built.
                self.mend();
            }
        }
    }
}

/// Runs the next call, if one waits, with the state of `runner`; it is answered when what it sent
/// was taken.
pub(super) fn run_one(shop: &Shop, in_hand: &InHand, runner: &mut dyn Runner) -> Option<Ran> {
    let mut job = shop.errands.take()?;
    let mut ran = Ran::Whole;
    runner.lend(&mut |state, context| ran = job.run(state, context));
    let unsent = in_hand.take_failure();
    let handed_over = shop.outbox.hand_over_lane();
    job.answer(unsent.or(handed_over.err()));
    Some(ran)
}
