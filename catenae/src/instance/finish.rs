//! The end of a lane: the user's `finish`.

use crate::context::InHand;
use crate::error::{Error, ErrorKind};
use crate::lane::{LaneShared, caught};
use crate::link::Runner;
use crate::outcome::Failure;

/// Runs the user's `finish`, also after a failed electron; not after a panic, which may have torn
/// the state, and not when the instance is killed.
pub(super) fn finish(runner: Box<dyn Runner>, shared: &LaneShared, in_hand: &InHand) {
    if shared.instance.has_panicked() || shared.instance.is_killed() {
        return;
    }
    let finished = caught(|| runner.finish())
        .and_then(|()| sent(in_hand))
        .and_then(|()| shared.outbox.hand_over_lane());
    if let Err(failure) = finished {
        let context = format!("{}: `finish` failed", shared.instance.who());
        shared
            .instance
            .fail(Error::new(ErrorKind::Lifecycle, context).caused_by(failure));
    }
}

/// Whether every `Context::send` outside of an electron was taken: none is lost in silence.
pub(super) fn sent(in_hand: &InHand) -> Result<(), Failure> {
    in_hand.take_failure().map_or(Ok(()), Err)
}
