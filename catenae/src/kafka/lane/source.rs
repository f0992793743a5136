//! The lane of a source: nothing is read, the function is called again and again.

use std::time::{Duration, Instant};

use super::{Shop, caught};
use crate::context::InHand;
use crate::error::{Error, ErrorKind};
use crate::kafka::outbox::LaneOutlet;
use crate::link::{Emitter, Runner};
use crate::outcome::FailureKind;

/// Calls a source, again and again when it has a period, until it ends or the micromodule stops.
pub(crate) fn run_source(
    shop: &Shop,
    every: Option<Duration>,
    runner: &mut dyn Runner,
    in_hand: &InHand,
) {
    let mut buffer = Vec::new();
    let mut due = Instant::now();
    while !shop.stopper.is_stopping() {
        let mut outlet = LaneOutlet::new(&shop.outbox, None);
        let mut emitter = Emitter::new(&mut outlet, &shop.outputs, &mut buffer);
        let result = caught(|| runner.produce(&mut emitter))
            .and_then(|()| in_hand.take_failure().map_or(Ok(()), Err));
        match result {
            Ok(()) => {}
            Err(failure) if failure.kind() == FailureKind::Stopping => return,
            Err(failure) => {
                let context = format!("{}: the source failed", shop.who);
                let error = Error::new(ErrorKind::Lifecycle, context).caused_by(failure);
                return shop.stopper.fail(error);
            }
        }
        let Some(every) = every else { return };
        // From start to start, without overlap; a period that was missed is not made up for.
        due = (due + every).max(Instant::now());
        shop.stopper
            .wait(due.saturating_duration_since(Instant::now()));
    }
}
