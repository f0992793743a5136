//! A link without an input: its function is called on the thread of the micromodule.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::finish::finish;
use super::{DRAIN_SHARE, FLUSH_SHARE, Micromodule};
use crate::context::{Context, ContextInner, InHand};
use crate::error::Error;
use crate::lane::{Afterwards, LaneShared, SourceLane};
use crate::shutdown::StopReason;

impl Micromodule {
    /// Runs a source on this thread until it ends or is stopped.
    pub(super) fn produce(
        &self,
        shared: &LaneShared,
        inner: &Arc<ContextInner>,
        afterwards: Afterwards,
    ) -> Result<(), Error> {
        let in_hand = Arc::new(InHand::new());
        let context = Context::of_lane(Arc::clone(inner), Arc::clone(&in_hand));
        let open = || self.open(&context, &in_hand);
        let runner = open()?;
        self.give_up_in_time(shared, &inner.runtime);
        let source = SourceLane {
            shared,
            in_hand: &in_hand,
            every: self.config.every,
            afterwards,
            open: &open,
        };
        if let Some(runner) = source.run(runner) {
            finish(runner, shared, &in_hand);
        }
        // Its end has all the time that Kafka needs; a stop has less than the shutdown's deadline.
        while !shared.instance.is_stopping() && shared.outbox.flush(Duration::from_secs(1)) > 0 {}
        shared.instance.stop(StopReason::SourceEnded);
        if shared.instance.is_killed() {
            shared.outbox.give_up();
            return Ok(());
        }
        let left = shared.instance.left(self.config.shutdown_timeout);
        self.flush(shared, left.mul_f32(FLUSH_SHARE))
    }

    /// A source that waits for room in Kafka waits no longer than a handler may take to stop.
    fn give_up_in_time(&self, shared: &LaneShared, runtime: &Handle) {
        let (instance, outbox) = (Arc::clone(&shared.instance), Arc::clone(&shared.outbox));
        let limit = self.config.shutdown_timeout.mul_f32(DRAIN_SHARE);
        runtime.spawn(async move {
            instance.stopped().await;
            tokio::time::sleep(limit).await;
            outbox.give_up();
        });
    }
}
