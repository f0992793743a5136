//! The lane of a link without an input: nothing is read, the function is called again and again.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::function::{let_go, run_one, say_torn};
use super::{LaneShared, OpenLane, caught};
use crate::assignment::lane_queue::StateLeft;
use crate::context::InHand;
use crate::emit::{Emitter, Outgoing, Outlet};
use crate::error::{Error, ErrorKind};
use crate::kafka::producer::LaneOutlet;
use crate::link::Runner;
use crate::outcome::{Failure, FailureKind};

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
    shared: &'s LaneShared,
    lane: LaneOutlet<'s>,
}

impl Outlet for SourceOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.lane.send(outgoing)
    }

    fn stopping(&self) -> bool {
        self.shared.wait_while_paused();
        self.shared.instance.is_stopping()
    }
}

/// A source on its lane.
pub(crate) struct SourceLane<'s> {
    pub(crate) shared: &'s LaneShared,
    pub(crate) in_hand: &'s InHand,
    pub(crate) every: Option<Duration>,
    pub(crate) afterwards: Afterwards,
    /// How the state is rebuilt.
    pub(crate) open: OpenLane<'s>,
}

impl SourceLane<'_> {
    /// Calls the function, again and again when it has a period, until it ends or the micromodule
    /// stops; answers calls in between. Returns what is to be finished.
    pub(crate) fn run(&self, mut runner: Box<dyn Runner>) -> Option<Box<dyn Runner>> {
        let instance = &self.shared.instance;
        let mut buffer = Vec::new();
        let mut due = Instant::now();
        loop {
            runner = self.serve(runner, Some(due))?;
            if instance.is_stopping() {
                return Some(runner);
            }
            let mut outlet = SourceOutlet {
                shared: self.shared,
                lane: LaneOutlet::new(&self.shared.outbox, None),
            };
            let mut emitter = Emitter::new(&mut outlet, &self.shared.outputs, &mut buffer);
            let result = caught(|| runner.produce(&mut emitter))
                .and_then(|()| self.in_hand.take_failure().map_or(Ok(()), Err));
            match result {
                Ok(()) => {}
                Err(failure) if failure.kind() == FailureKind::Stopping => return Some(runner),
                Err(failure) => {
                    let context = format!("{}: the source failed", self.shared.instance.who());
                    let error = Error::new(ErrorKind::Lifecycle, context).caused_by(failure);
                    instance.fail(error);
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
    fn serve(&self, runner: Box<dyn Runner>, due: Option<Instant>) -> Option<Box<dyn Runner>> {
        let shared = self.shared;
        let runner = RefCell::new(Some(runner));
        shared.wait(
            due,
            || runner.borrow().is_none(),
            || {
                // Not those that come meanwhile: the function has its turn, too.
                for _ in 0..shared.lane_queue.waiting() {
                    let Some(mut lent) = runner.take() else {
                        return;
                    };
                    if shared.instance.is_stopping() {
                        runner.replace(Some(lent));
                        return;
                    }
                    let left = run_one(shared, self.in_hand, &mut *lent);
                    runner.replace(match left {
                        Some(StateLeft::Torn) => self.mend(lent),
                        _ => Some(lent),
                    });
                }
            },
        );
        runner.into_inner()
    }

    /// A method has panicked in the middle of a change: the state is rebuilt, as after a restart.
    fn mend(&self, torn: Box<dyn Runner>) -> Option<Box<dyn Runner>> {
        say_torn();
        // The old one goes first: it may hold what the new one needs.
        let_go(Some(torn));
        match (self.open)() {
            Ok(runner) => Some(runner),
            Err(error) => {
                self.shared.instance.fail(error);
                None
            }
        }
    }
}
