//! A lane from its beginning to its end: `setup`, the electrons, `finish`.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Micromodule;
use crate::context::{Context, InHand, Inner};
use crate::error::{Error, ErrorKind};
use crate::kafka::intake::Intake;
use crate::kafka::lane::{Lane, Shop, caught};
use crate::kafka::{BaseConsumer, Inbox};
use crate::link::Runner;
use crate::outcome::Failure;

impl Micromodule {
    /// One lane from `setup` to `finish`, on its own thread.
    pub(super) fn lane<'c>(
        &self,
        consumer: &'c BaseConsumer<Intake>,
        inbox: &Inbox<'c>,
        shop: &Shop,
        inner: &Arc<Inner>,
        opened: Sender<()>,
    ) {
        let in_hand = Arc::new(InHand::new());
        let context = Context::of_lane(Arc::clone(inner), Arc::clone(&in_hand));
        let open = || {
            let runner = self.open(&context, &in_hand)?;
            shop.outbox
                .hand_over_lane()
                .map_err(|failure| self.not_set_up(failure))?;
            Ok(runner)
        };
        let runner = open();
        // The other end is gone only when nobody waits any more.
        let _ = opened.send(());
        drop(opened);
        match runner {
            Ok(mut runner) => {
                let (known, buffer) = (Vec::new(), Vec::new());
                let mut lane = Lane {
                    shop,
                    in_hand: Arc::clone(&in_hand),
                    consumer,
                    inbox,
                    open: &open,
                    rewinds: 0,
                    lost: 0,
                    known,
                    buffer,
                };
                lane.run(&mut runner);
                finish(runner, shop, &in_hand);
            }
            Err(error) => shop.stopper.fail(error),
        }
    }

    pub(super) fn open(
        &self,
        context: &Context,
        in_hand: &InHand,
    ) -> Result<Box<dyn Runner>, Error> {
        let opened = caught(|| (self.wiring.open)(context));
        opened
            .and_then(|runner| sent(in_hand).map(|()| runner))
            .map_err(|failure| self.not_set_up(failure))
    }

    fn not_set_up(&self, failure: Failure) -> Error {
        let context = format!("{}: `setup` failed", self.config.class);
        Error::new(ErrorKind::Lifecycle, context).caused_by(failure)
    }
}

/// Runs the user's `finish`, also after a failed electron; not after a panic, which may have torn
/// the state.
pub(super) fn finish(runner: Box<dyn Runner>, shop: &Shop, in_hand: &InHand) {
    if shop.stopper.has_panicked() {
        return;
    }
    let finished = caught(|| runner.finish())
        .and_then(|()| sent(in_hand))
        .and_then(|()| shop.outbox.hand_over_lane());
    if let Err(failure) = finished {
        let context = format!("{}: `finish` failed", shop.who);
        shop.stopper
            .fail(Error::new(ErrorKind::Lifecycle, context).caused_by(failure));
    }
}

/// Whether every `Context::send` outside of an electron was taken: none is lost in silence.
fn sent(in_hand: &InHand) -> Result<(), Failure> {
    in_hand.take_failure().map_or(Ok(()), Err)
}
