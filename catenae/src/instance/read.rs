//! A link with an input: the thread of the micromodule reads, its function runs on lanes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Builder, Scope};
use std::time::Instant;

use super::finish::finish;
use super::{
    COMMIT_SHARE, DRAIN_SHARE, FLUSH_SHARE, Micromodule, REFUSED_SHARE, REPORTED_SHARE, modes,
};
use crate::assignment::hand::InHandCell;
use crate::assignment::inbox::{First, Inbox};
use crate::context::{Context, ContextInner, InHand};
use crate::error::{Error, ErrorKind};
use crate::inputs::{Scheduler, SchedulerOptions};
use crate::kafka::consumer::departure;
use crate::kafka::consumer::feed::Feed;
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::consumer::reader::{Reader, ReaderParts, Refusing};
use crate::kafka::{
    Departure, Endpoint, KafkaPort, Rereader, StallWatch, StallWatchParts, StreamAdmin, lane_name,
    later_in_hand,
};
use crate::lane::{LANE_STACK, Lane, LaneParts, LaneShared, caught};
use crate::observe;
use crate::shutdown::RunGuard;

/// What the reading of a micromodule works with.
pub(super) struct ReadLoop<'r> {
    pub(super) departure: &'r Departure<'r>,
    pub(super) consumer: &'r GroupMember,
    pub(super) endpoint: &'r Endpoint,
    pub(super) streams: &'r StreamAdmin,
    pub(super) shared: &'r LaneShared,
    pub(super) inner: &'r Arc<ContextInner>,
    pub(super) port: &'r KafkaPort,
    pub(super) run: &'r RunGuard,
}

/// Ends the thread that looks after refusals, however the reading ends.
struct EndOfRefusals<'s>(&'s LaneShared);

impl Drop for EndOfRefusals<'_> {
    fn drop(&mut self) {
        self.0.outbox.refusals().end();
    }
}

/// The lanes of a micromodule, as the thread that reads for them sees them.
struct Lanes<'c> {
    inboxes: Vec<Inbox<'c>>,
    /// How many of them work.
    busy: AtomicUsize,
}

impl Lanes<'_> {
    fn have_ended(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    fn one_ended(&self) {
        self.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Micromodule {
    /// Reads the input streams with one lane or several until it is stopped.
    pub(super) fn read(&self, reading: ReadLoop<'_>) {
        let (config, shared) = (&self.config, reading.shared);
        let epoch = Instant::now();
        let lanes = self.lanes(&reading, epoch);
        let feed = Feed::new(reading.consumer, &lanes.inboxes);
        thread::scope(|scope| {
            let (opened, opening) = mpsc::channel();
            for number in 0..lanes.inboxes.len() {
                self.spawn_lane(scope, &reading, (&lanes, &feed), number, opened.clone());
            }
            drop(opened);
            // The state is built before the group is joined: a slow `setup` holds nobody up.
            opening.iter().take(lanes.inboxes.len()).for_each(|()| {});
            let watch = StallWatch::new(StallWatchParts {
                class: config.class,
                limit: config.stall_timeout,
                epoch,
                outbox: Arc::clone(&shared.outbox),
                holds: Arc::clone(&shared.holds),
                side: shared.side.clone(),
                stalls: Arc::clone(&reading.inner.stalls),
            });
            let refusing = Refusing {
                outbox: &shared.outbox,
                holds: &shared.holds,
                then: config.policy.on_error.handler,
                delivery: config.delivery,
            };
            let _ended = EndOfRefusals(shared);
            self.spawn_rereader(scope, &reading, &lanes);
            let (port, streams) = (reading.port, reading.streams);
            let mut reader = Reader::new(ReaderParts {
                consumer: reading.consumer,
                inboxes: &lanes.inboxes,
                feed: &feed,
                port,
                streams,
                watch,
                refused: refusing,
            });
            reader.run();
            self.stop_reading(&mut reader, &reading, &lanes);
        });
    }

    /// As many lanes as it has; nothing runs on them yet.
    fn lanes<'c>(&self, reading: &ReadLoop<'c>, epoch: Instant) -> Lanes<'c> {
        let (config, shared) = (&self.config, reading.shared);
        let count = modes::lanes(config);
        let options = SchedulerOptions {
            mode: config.input_mode,
            window: config.exp_window_size.as_secs_f64() * 1e9,
            reserve: f64::from(config.reserve) / 100.0,
        };
        let inputs = shared.side.all_inputs(config).len();
        let hands: Vec<Arc<InHandCell>> = (0..count)
            .map(|_| Arc::new(InHandCell::new(epoch)))
            .collect();
        let inbox = |(number, hand): (usize, &Arc<InHandCell>)| {
            let first = if number == 0 { First::Yes } else { First::No };
            let scheduler = Scheduler::new(options, inputs);
            let hand = Arc::clone(hand);
            Inbox::new(scheduler, inputs, hand, &shared.lane_queue, first)
        };
        let inboxes = hands.iter().enumerate().map(inbox).collect();
        reading
            .run
            .tell_in_hand(later_in_hand(reading.consumer, hands));
        Lanes {
            inboxes,
            busy: AtomicUsize::new(count),
        }
    }

    fn spawn_lane<'s, 'c: 's>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        reading: &'s ReadLoop<'c>,
        (lanes, feed): (&'s Lanes<'c>, &'s Feed<'s, 'c>),
        number: usize,
        opened: Sender<()>,
    ) {
        let (config, instance) = (&self.config, &reading.shared.instance);
        let spawned = Builder::new()
            .name(lane_name(config.class, number))
            .stack_size(LANE_STACK)
            .spawn_scoped(scope, move || {
                let _identity = observe::identity_span(config.class, &config.uid).entered();
                let lane = || {
                    self.lane(reading, &lanes.inboxes[number], feed, opened);
                    Ok(())
                };
                // The user's function is caught inside; a state may panic when it is dropped.
                if let Err(failure) = caught(lane) {
                    let context = format!("{}: a lane ended", instance.who());
                    let error = Error::new(ErrorKind::Lifecycle, context);
                    instance.fail(error.caused_by(failure));
                }
                lanes.one_ended();
                instance.bell().ring();
            });
        if let Err(error) = spawned {
            let error = Error::new(ErrorKind::Lifecycle, "a lane has no thread").caused_by(error);
            instance.fail(error);
            lanes.one_ended();
        }
    }

    /// The thread that reads electrons again whose outputs were refused.
    fn spawn_rereader<'s, 'c: 's>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        reading: &'s ReadLoop<'c>,
        lanes: &'s Lanes<'c>,
    ) {
        let (config, shared) = (&self.config, reading.shared);
        let rereader = Rereader {
            client: reading.endpoint.rereader_config(config),
            outbox: &shared.outbox,
            counters: &shared.counters,
            consumer: reading.consumer,
            inboxes: &lanes.inboxes,
        };
        let spawned =
            Builder::new()
                .name("kafka-reread".to_owned())
                .spawn_scoped(scope, move || {
                    let _identity = observe::identity_span(config.class, &config.uid).entered();
                    rereader.run();
                });
        if let Err(error) = spawned {
            let what = "cannot start the thread that re-reads refused electrons";
            let error = Error::new(ErrorKind::Lifecycle, what).caused_by(error);
            shared.instance.fail(error);
        }
    }

    /// Ends in order, each step in its share of the time: what is refused, what is in hand, the outputs, the holds, the
    /// commit, the group.
    fn stop_reading(&self, reader: &mut Reader<'_, '_>, reading: &ReadLoop<'_>, lanes: &Lanes<'_>) {
        let (config, shared, departure) = (&self.config, reading.shared, reading.departure);
        if shared.instance.is_killed() {
            return self.break_off(reader, reading, lanes);
        }
        let share = |share| config.shutdown_timeout.mul_f32(share);
        reader.settle_refused(share(REPORTED_SHARE), share(REFUSED_SHARE));
        lanes.inboxes.iter().for_each(Inbox::close);
        // What is refused from now on goes to no lane any more: `close` tells of it.
        shared.outbox.refusals().end();
        reader.drain(share(DRAIN_SHARE), || lanes.have_ended());
        if !lanes.have_ended() {
            reader.say_unfinished(config.delivery.fate());
            shared.outbox.give_up();
        }
        let left = || shared.instance.left(config.shutdown_timeout);
        // A transaction waits for its outputs itself.
        if !config.delivery.has_transactions()
            && let Err(error) = self.flush(shared, left().mul_f32(FLUSH_SHARE))
        {
            shared.instance.fail(error);
        }
        if let Err(error) = self.wait_for_holds(shared, left().mul_f32(FLUSH_SHARE)) {
            shared.instance.fail(error);
        }
        reader.close(left().mul_f32(COMMIT_SHARE));
        let cut_off = !lanes.have_ended();
        reader.leave(departure, |holding| {
            if cut_off {
                left()
            } else {
                holding.spares(left())
            }
        });
        if !cut_off {
            departure.reach(departure::DepartureStage::Left);
        }
        lanes.inboxes.iter().for_each(Inbox::clear);
    }

    /// Ends without waiting for anything that was begun, and commits nothing more. It leaves the group, so that
    /// others need not wait for the end of its session.
    fn break_off(&self, reader: &mut Reader<'_, '_>, reading: &ReadLoop<'_>, lanes: &Lanes<'_>) {
        let (shared, departure) = (reading.shared, reading.departure);
        lanes.inboxes.iter().for_each(Inbox::close);
        shared.outbox.refusals().end();
        shared.outbox.give_up();
        reader.abandon();
        let left = || shared.instance.left(self.config.shutdown_timeout);
        reader.leave(departure, |holding| holding.spares(left()));
        lanes.inboxes.iter().for_each(Inbox::clear);
    }

    /// One lane from `setup` to `finish`, on its own thread.
    fn lane<'c>(
        &self,
        reading: &ReadLoop<'c>,
        inbox: &Inbox<'c>,
        feed: &Feed<'_, 'c>,
        opened: Sender<()>,
    ) {
        let (consumer, shared, inner) = (reading.consumer, reading.shared, reading.inner);
        let in_hand = Arc::new(InHand::new());
        let context = Context::of_lane(Arc::clone(inner), Arc::clone(&in_hand));
        let open = || {
            let runner = self.open(&context, &in_hand)?;
            shared
                .outbox
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
                    shared,
                    in_hand: Arc::clone(&in_hand),
                    consumer,
                    inbox,
                    feed,
                    runner,
                    open: has_state.then_some(&open),
                    policy: self.config.policy,
                });
                if let Some(runner) = lane.run() {
                    finish(runner, shared, &in_hand);
                }
            }
            Err(error) => shared.instance.fail(error),
        }
    }
}
