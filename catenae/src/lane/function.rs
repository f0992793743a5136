//! The user's function on its lane, with its state: called, lent to calls, rebuilt.

use std::sync::Arc;

use super::{CurrentElectron, LaneShared, caught};
use crate::assignment::lane_queue::StateLeft;
use crate::context::InHand;
use crate::emit::Emitter;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::producer::LaneOutlet;
use crate::link::Runner;
use crate::outcome::{Failure, FailureKind};

/// Builds the state and the runner of a lane: the user's `setup`, or `Default`.
pub(crate) type OpenLane<'l> = &'l dyn Fn() -> Result<Box<dyn Runner>, Error>;

/// Drops a state, which may run code of the user.
pub(super) fn let_go(old: Option<Box<dyn Runner>>) {
    let dropped = caught(|| {
        drop(old);
        Ok(())
    });
    if let Err(failure) = dropped {
        tracing::warn!(
            "a state could not be dropped cleanly: {}",
            failure.with_causes()
        );
    }
}

/// Says why a state is rebuilt.
pub(super) fn say_torn() {
    tracing::warn!(
        "the panic may have left the state inconsistent, so the state is rebuilt, as \
        after a restart"
    );
}

/// The function of a link with the state of one lane.
pub(super) struct Function<'l> {
    shared: &'l LaneShared,
    consumer: &'l GroupMember,
    in_hand: Arc<InHand>,
    buffer: Vec<u8>,
    /// The state and the function; gone when the state could not be rebuilt.
    runner: Option<Box<dyn Runner>>,
    /// How the state is rebuilt; `None` for a link without one.
    open: Option<OpenLane<'l>>,
    /// How often electrons had been taken back when the state was built.
    rewinds: u32,
}

impl<'l> Function<'l> {
    pub(super) fn new(
        shared: &'l LaneShared,
        consumer: &'l GroupMember,
        in_hand: &Arc<InHand>,
        runner: Box<dyn Runner>,
        open: Option<OpenLane<'l>>,
    ) -> Self {
        Self {
            shared,
            consumer,
            in_hand: Arc::clone(in_hand),
            buffer: Vec::new(),
            runner: Some(runner),
            open,
            rewinds: 0,
        }
    }

    /// What is to be finished at the end of the lane.
    pub(super) fn into_runner(self) -> Option<Box<dyn Runner>> {
        self.runner
    }

    /// Calls the function with an electron.
    pub(super) fn step(&mut self, current: &CurrentElectron<'_>) -> Result<(), Failure> {
        let Some(runner) = &mut self.runner else {
            return Err(Self::without_state());
        };
        let mut outlet = LaneOutlet::new(&self.shared.outbox, Some(current.slot));
        let mut emitter = Emitter::new(&mut outlet, &self.shared.outputs, &mut self.buffer);
        let result = caught(|| runner.step(current.record(), &mut emitter));
        let result = match self.in_hand.take_failure() {
            // What the function made of a send that Kafka did not take is not its own error.
            Some(send)
                if result.is_ok()
                    || matches!(
                        send.kind(),
                        FailureKind::Stopping
                            | FailureKind::Delivery
                            | FailureKind::Refused
                            | FailureKind::Held
                    ) =>
            {
                Err(send)
            }
            _ => result,
        };
        if result.is_err() {
            self.shared.outbox.discard();
        }
        result
    }

    /// Runs the calls that wait.
    pub(super) fn run_called(&mut self) {
        let shared = self.shared;
        // Not those that come meanwhile: electrons have their turn, too.
        for _ in 0..shared.lane_queue.waiting() {
            if shared.instance.is_stopping() || !self.is_up_to_date() {
                return;
            }
            let Some(runner) = &mut self.runner else {
                // The micromodule stops: what waits is refused when its queue is closed.
                return;
            };
            if run_one(shared, &self.in_hand, &mut **runner) == Some(StateLeft::Torn) {
                // The micromodule stops when the state cannot be built.
                self.mend();
            }
        }
    }

    /// Rebuilds the state when it has seen electrons that were taken back, as after a restart.
    /// Returns whether the lane can go on.
    pub(super) fn is_up_to_date(&mut self) -> bool {
        if !self.shared.delivery.has_transactions() {
            return true;
        }
        let rewinds = self.consumer.rewinds();
        if rewinds == self.rewinds {
            return true;
        }
        self.rewinds = rewinds;
        if let Err(error) = self.reopen() {
            self.shared.instance.fail(error);
            return false;
        }
        true
    }

    /// Throws the state away and rebuilds it; does nothing for a link without one. The old state
    /// goes first: it may hold what the new one needs.
    ///
    /// # Errors
    /// What `setup` said; then the lane has no state, and runs nothing any more.
    fn reopen(&mut self) -> Result<(), Error> {
        let Some(open) = self.open else {
            return Ok(());
        };
        let_go(self.runner.take());
        self.runner = Some(open()?);
        // What `setup` sent is no part of the next electron.
        self.shared.outbox.hand_over_lane().map_err(|failure| {
            let context = format!(
                "{}: what `setup` sent was not accepted",
                self.shared.instance.who()
            );
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
                self.shared.instance.fail(error);
                false
            }
        }
    }

    /// What a lane says of an electron that comes when its state is gone.
    fn without_state() -> Failure {
        let why = "the state of the lane could not be rebuilt";
        Failure::new(FailureKind::Lifecycle, why)
    }
}

/// Runs the next call, if one waits, with the state of `runner`; it is answered when what it sent
/// was taken.
pub(super) fn run_one(
    shared: &LaneShared,
    in_hand: &InHand,
    runner: &mut dyn Runner,
) -> Option<StateLeft> {
    let mut job = shared.lane_queue.take()?;
    let mut ran = StateLeft::Whole;
    runner.lend(&mut |state, context| ran = job.run(state, context));
    let unsent = in_hand.take_failure();
    let handed_over = shared.outbox.hand_over_lane();
    job.answer(unsent.or(handed_over.err()));
    Some(ran)
}
