//! The one way in which a lane waits: calls that need the state are answered meanwhile, a pause makes it longer, a stop
//! ends it.

use std::time::{Duration, Instant};

use super::LaneShared;

/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(60);

/// How a wait came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitEnd {
    /// It is time, and the micromodule is not paused.
    Due,
    /// The micromodule stops, or what was waited with is over.
    Over,
}

impl LaneShared {
    /// Waits until `due`, or for ever, and for as long as the micromodule is paused. `serve` answers the calls that
    /// wait; it is called at least once. `is_over` ends the wait early, as a stop does.
    pub(super) fn wait(
        &self,
        due: Option<Instant>,
        is_over: impl Fn() -> bool,
        mut serve: impl FnMut(),
    ) -> WaitEnd {
        let pause = &self.lane_queue.pause;
        let ended = || self.instance.is_stopping() || is_over();
        loop {
            // Nothing is served with what is somebody else's by now: a revocation waits for it to be let go.
            if is_over() {
                return WaitEnd::Over;
            }
            serve();
            let left = due.map_or(A_WHILE, |due| due.saturating_duration_since(Instant::now()));
            let paused = pause.is_paused();
            if ended() {
                return WaitEnd::Over;
            }
            if left.is_zero() && !paused {
                return WaitEnd::Due;
            }
            let limit = if paused { A_WHILE } else { left.min(A_WHILE) };
            let is_called = || self.lane_queue.is_called() || pause.is_paused() != paused;
            let rung = self.instance.bell().wait(limit, || ended() || is_called());
            if paused && !rung {
                tracing::info!("still paused; call the rpc `resume` to continue");
            }
        }
    }

    /// Stands still while the micromodule is paused, where the state is in use and no call can have it.
    pub(super) fn wait_while_paused(&self) {
        let (pause, instance) = (&self.lane_queue.pause, &self.instance);
        while pause.is_paused() && !instance.is_stopping() {
            let goes_on = || instance.is_stopping() || !pause.is_paused();
            self.instance.bell().wait(A_WHILE, goes_on);
        }
    }
}
