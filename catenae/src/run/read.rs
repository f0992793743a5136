//! A link with an input: the thread of the micromodule reads, its function runs on lanes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Builder};
use std::time::Instant;

use super::finish::finish;
use super::{COMMIT_SHARE, DRAIN_SHARE, FLUSH_SHARE, LANE_STACK, Micromodule, modes};
use crate::config::DeliveryMode;
use crate::context::{Context, InHand, Inner};
use crate::error::{Error, ErrorKind};
use crate::inputs::Scheduler;
use crate::kafka::intake::Intake;
use crate::kafka::lane::{Lane, LaneParts, Shop, caught};
use crate::kafka::reader::Reader;
use crate::kafka::{
    BaseConsumer, First, Hand, Inbox, KafkaPort, Streams, Watch, WatchParts, lane_name,
};
use crate::observe;

/// What the reading of a micromodule works with.
pub(super) struct Reading<'r> {
    pub(super) consumer: &'r BaseConsumer<Intake>,
    pub(super) streams: &'r Streams,
    pub(super) shop: &'r Shop,
    pub(super) inner: &'r Arc<Inner>,
    pub(super) port: &'r KafkaPort,
}

impl Micromodule {
    /// Reads the input streams with one lane or several until it is stopped.
    pub(super) fn read(&self, reading: Reading<'_>) {
        let Reading {
            consumer,
            streams,
            shop,
            inner,
            port,
        } = reading;
        let config = &self.config;
        let lanes = modes::lanes(config);
        let window = config.exp_window_size.as_secs_f64() * 1e9;
        let inputs = shop.side.all_inputs(config).len();
        let scheduler = || Scheduler::new(config.input_mode, inputs, window);
        let epoch = Instant::now();
        let inbox = |number| {
            let first = if number == 0 { First::Yes } else { First::No };
            Inbox::new(scheduler(), inputs, Hand::new(epoch), &shop.errands, first)
        };
        let inboxes: Vec<Inbox<'_>> = (0..lanes).map(inbox).collect();
        let busy = AtomicUsize::new(lanes);
        let (opened, opening) = mpsc::channel();
        thread::scope(|scope| {
            for (number, inbox) in inboxes.iter().enumerate() {
                let opened = opened.clone();
                let busy = &busy;
                let spawned = Builder::new()
                    .name(lane_name(config.class, number))
                    .stack_size(LANE_STACK)
                    .spawn_scoped(scope, move || {
                        let _identity = observe::identity_span(config.class, &config.uid).entered();
                        let lane = || {
                            self.lane(consumer, inbox, shop, inner, opened);
                            Ok(())
                        };
                        // The user's function is caught inside; a state may panic when it is dropped.
                        if let Err(failure) = caught(lane) {
                            let context = format!("{}: a lane ended", shop.who);
                            let error = Error::new(ErrorKind::Lifecycle, context);
                            shop.stopper.fail(error.caused_by(failure));
                        }
                        busy.fetch_sub(1, Ordering::SeqCst);
                        shop.bell.ring();
                    });
                if let Err(error) = spawned {
                    let error =
                        Error::new(ErrorKind::Lifecycle, "a lane has no thread").caused_by(error);
                    shop.stopper.fail(error);
                    busy.fetch_sub(1, Ordering::SeqCst);
                }
            }
            drop(opened);
            // The state is built before the group is joined: a slow `setup` holds nobody up.
            opening.iter().take(lanes).for_each(|()| {});
            let watch = Watch::new(WatchParts {
                class: config.class,
                limit: config.stall_timeout,
                epoch,
                outbox: Arc::clone(&shop.outbox),
                side: shop.side.clone(),
                board: Arc::clone(&inner.board),
            });
            let mut reader = Reader::new(consumer, &inboxes, port, streams, watch);
            reader.run();
            inboxes.iter().for_each(Inbox::close);
            let drained = || busy.load(Ordering::SeqCst) == 0;
            reader.drain(config.shutdown_timeout.mul_f32(DRAIN_SHARE), drained);
            if !drained() {
                reader.say_unfinished(config.delivery.fate());
                shop.outbox.give_up();
            }
            let left = || shop.stopper.left(config.shutdown_timeout);
            // A transaction waits for its outputs itself.
            if config.delivery != DeliveryMode::ExactlyOnce
                && let Err(error) = self.flush(shop, left().mul_f32(FLUSH_SHARE))
            {
                shop.stopper.fail(error);
            }
            reader.close(left().mul_f32(COMMIT_SHARE));
            let cut_off = !drained();
            reader.leave(|holding| {
                if cut_off {
                    left()
                } else {
                    holding.spares(left())
                }
            });
            inboxes.iter().for_each(Inbox::clear);
        });
    }

    /// One lane from `setup` to `finish`, on its own thread.
    fn lane<'c>(
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
            Ok(runner) => {
                let open = || self.open(&context, &in_hand);
                let has_state = self.wiring.types.state.is_some();
                let lane = Lane::new(LaneParts {
                    shop,
                    in_hand: Arc::clone(&in_hand),
                    consumer,
                    inbox,
                    runner,
                    open: has_state.then_some(&open),
                    policy: self.config.policy,
                });
                if let Some(runner) = lane.run() {
                    finish(runner, shop, &in_hand);
                }
            }
            Err(error) => shop.stopper.fail(error),
        }
    }
}
