//! The lane of a link without an input: nothing is read, the function is called again and again.

use std::time::{Duration, Instant};

use super::reopen::{let_go, say_torn};
use super::{Open, Shop, caught, run_one};
use crate::context::InHand;
use crate::errands::Ran;
use crate::error::{Error, ErrorKind};
use crate::kafka::outbox::LaneOutlet;
use crate::link::{Emitter, Outgoing, Outlet, Runner};
use crate::outcome::{Failure, FailureKind};

/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(60);

/// What a link without an input does when its function has returned and it has no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// It ends: its source came to its end.
    Ends,
    /// It goes on to answer calls.
    Serves,
}

/// The outlet of a source: between two items of an iterator it stands still while the micromodule is paused.
struct SourceOutlet<'s> {
    shop: &'s Shop,
    lane: LaneOutlet<'s>,
}

impl Outlet for SourceOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.lane.send(outgoing)
    }

    fn stopping(&self) -> bool {
        let (errands, stopper) = (&self.shop.errands, &self.shop.stopper);
        while errands.is_paused() && !stopper.is_stopping() {
            let goes_on = || stopper.is_stopping() || !errands.is_paused();
            self.shop.bell.wait(A_WHILE, goes_on);
        }
        stopper.is_stopping()
    }
}

/// A source on its lane.
pub(crate) struct Source<'s> {
    pub(crate) shop: &'s Shop,
    pub(crate) in_hand: &'s InHand,
    pub(crate) every: Option<Duration>,
    pub(crate) afterwards: Afterwards,
    /// How the state is built anew.
    pub(crate) open: Open<'s>,
}

impl Source<'_> {
    /// Calls the function, again and again when it has a period, until it ends or the micromodule
    /// stops; answers calls in between. Returns what is to be finished.
    pub(crate) fn run(&self, mut runner: Box<dyn Runner>) -> Option<Box<dyn Runner>> {
        let stopper = &self.shop.stopper;
        let mut buffer = Vec::new();
        let mut due = Instant::now();
        loop {
            runner = self.serve(runner, Some(due))?;
            if stopper.is_stopping() {
                return Some(runner);
            }
            let mut outlet = SourceOutlet {
                shop: self.shop,
                lane: LaneOutlet::new(&self.shop.outbox, None),
            };
            let mut emitter = Emitter::new(&mut outlet, &self.shop.outputs, &mut buffer);
            let result = caught(|| runner.produce(&mut emitter))
                .and_then(|()| self.in_hand.take_failure().map_or(Ok(()), Err));
            match result {
                Ok(()) => {}
                Err(failure) if failure.kind() == FailureKind::Stopping => return Some(runner),
                Err(failure) => {
                    let context = format!("{}: the source failed", self.shop.who);
                    let error = Error::new(ErrorKind::Lifecycle, context).caused_by(failure);
                    stopper.fail(error);
                    return Some(runner);
                }
            }
            let Some(every) = self.every else {
                return match self.afterwards {
                    Afterwards::Ends => Some(runner),
                    Afterwards::Serves => self.serve(runner, None),
                };
            };
            // From start to start, without overlap; a period that was missed is not made up for.
            due = (due + every).max(Instant::now());
        }
    }

    /// Answers calls until `due` and for as long as the micromodule is paused, or else until it stops.
    /// Gives the state back, or nothing when it is gone.
    fn serve(&self, mut runner: Box<dyn Runner>, due: Option<Instant>) -> Option<Box<dyn Runner>> {
        let Shop {
            bell,
            errands,
            stopper,
            ..
        } = self.shop;
        loop {
            // Not those that come meanwhile: the function has its turn, too.
            for _ in 0..errands.waiting() {
                if stopper.is_stopping() {
                    break;
                }
                if run_one(self.shop, self.in_hand, &mut *runner) == Some(Ran::Torn) {
                    runner = self.mend(runner)?;
                }
            }
            let left = || due.map_or(A_WHILE, |due| due.saturating_duration_since(Instant::now()));
            if stopper.is_stopping() || (left().is_zero() && !errands.is_paused()) {
                return Some(runner);
            }
            let paused = errands.is_paused();
            let limit = if paused { A_WHILE } else { left().min(A_WHILE) };
            bell.wait(limit, || {
                stopper.is_stopping() || errands.is_called() || errands.is_paused() != paused
            });
        }
    }

    /// A method has panicked in the middle of a change: the state is built anew, as after a restart.
    fn mend(&self, torn: Box<dyn Runner>) -> Option<Box<dyn Runner>> {
        say_torn();
        // The old one goes first: it may hold what the new one needs.
        let_go(Some(torn));
        match (self.open)() {
            Ok(runner) => Some(runner),
            Err(error) => {
                self.shop.stopper.fail(error);
                None
            }
        }
    }
}
