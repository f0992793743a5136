//! A link without an input: its function is called on the thread of the micromodule.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::finish::finish;
use super::{DRAIN_SHARE, FLUSH_SHARE, Micromodule};
use crate::context::{Context, InHand, Inner};
use crate::error::Error;
use crate::kafka::lane::{Afterwards, Shop, Source};
use crate::shutdown::StopReason;

impl Micromodule {
    /// Runs a source on this thread until it ends or is stopped.
    pub(super) fn produce(
        &self,
        shop: &Shop,
        inner: &Arc<Inner>,
        afterwards: Afterwards,
    ) -> Result<(), Error> {
        let in_hand = Arc::new(InHand::new());
        let context = Context::of_lane(Arc::clone(inner), Arc::clone(&in_hand));
        let open = || self.open(&context, &in_hand);
        let runner = open()?;
        self.give_up_in_time(shop, &inner.runtime);
        let source = Source {
            shop,
            in_hand: &in_hand,
            every: self.config.every,
            afterwards,
            open: &open,
        };
        if let Some(runner) = source.run(runner) {
            finish(runner, shop, &in_hand);
        }
        // Its end has all the time that Kafka needs; a stop has less than the shutdown's deadline.
        while !shop.stopper.is_stopping() && shop.outbox.flush(Duration::from_secs(1)) > 0 {}
        shop.stopper.stop(StopReason::SourceEnded);
        let left = shop.stopper.left(self.config.shutdown_timeout);
        self.flush(shop, left.mul_f32(FLUSH_SHARE))
    }

    /// A source that waits for room in Kafka waits no longer than a handler may take to stop.
    fn give_up_in_time(&self, shop: &Shop, runtime: &Handle) {
        let (stopper, outbox) = (Arc::clone(&shop.stopper), Arc::clone(&shop.outbox));
        let limit = self.config.shutdown_timeout.mul_f32(DRAIN_SHARE);
        runtime.spawn(async move {
            stopper.stopped().await;
            tokio::time::sleep(limit).await;
            outbox.give_up();
        });
    }
}
