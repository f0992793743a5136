//! The main loop of a micromodule: the one file that knows every room.

mod calls;
mod finish;
mod greeting;
mod modes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Runtime};

use self::finish::{finish, sent};
use self::greeting::greeting;
use crate::bell::Bell;
use crate::cli::UserArgs;
use crate::config::{Config, DeliveryMode, InputMode};
use crate::context::{Context, Identity, InHand, Inner, Port};
use crate::errands::Errands;
use crate::error::{Error, ErrorKind};
use crate::inputs::Scheduler;
use crate::kafka::intake::Intake;
use crate::kafka::lane::{Afterwards, Committed, Lane, LaneParts, Shop, Source, caught};
use crate::kafka::reader::Reader;
use crate::kafka::{
    BaseConsumer, CallStreams, Calls, CallsParts, Endpoint, First, Hand, Inbox, KafkaPort, Outbox,
    SideStreams, Signature, Streams, Watch, WatchParts, lane_name,
};
use crate::link::{Outputs, Runner, Wiring};
use crate::observe;
use crate::outcome::Failure;
use crate::rpc::Served;
use crate::shutdown::{self, StopReason, Stopper};
use crate::tracker::Tracker;

/// How many electrons one instance may have in flight, from being taken to being settled.
const IN_FLIGHT: u32 = 65_536;
/// The stack of a lane, in bytes: user code runs there, so as much as a main thread has.
const LANE_STACK: usize = 8 << 20;
/// The part of the shutdown's time that the electron in hand gets; the rest is for flushing,
/// committing and leaving the group.
const DRAIN_SHARE: f32 = 0.6;
/// The part of what is left then in which outputs are waited for.
const FLUSH_SHARE: f32 = 0.8;
/// The part of what is left then in which the last commit is tried again.
const COMMIT_SHARE: f32 = 0.5;
/// The part of what is left at the end in which calls are finished.
const CALLS_SHARE: f32 = 0.5;

/// A link with everything it is told.
pub(crate) struct Micromodule {
    pub(crate) wiring: Wiring,
    /// What it can be called for.
    pub(crate) methods: Vec<Served>,
    pub(crate) config: Config,
    pub(crate) args: UserArgs,
    /// What `describe` prints.
    pub(crate) contract: String,
}

/// What the micromodules of one process share.
pub(crate) struct Home {
    pub(crate) runtime: Handle,
    pub(crate) endpoint: Endpoint,
}

/// Runs one micromodule in this process until it ends: what a generated `main` does.
pub(crate) fn alone(micromodule: Micromodule) -> Result<(), Error> {
    let runtime = runtime()?;
    let endpoint = Endpoint::of(&micromodule.config.broker)?;
    let home = Home {
        runtime: runtime.handle().clone(),
        endpoint,
    };
    let bell = Arc::new(Bell::default());
    let stopper = Arc::new(Stopper::new(Arc::clone(&bell)));
    let _attended = shutdown::attend(&stopper);
    shutdown::end_in_time(
        &home.runtime,
        Arc::clone(&stopper),
        micromodule.config.shutdown_timeout,
    );
    let result = micromodule.run(&home, &stopper, &bell);
    // Tasks of the user's own that do not end are left behind.
    runtime.shutdown_background();
    result
}

/// The runtime that drives timers, signals and the user's async code.
pub(crate) fn runtime() -> Result<Runtime, Error> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .thread_name("catenae-async")
        .enable_all();
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Lifecycle, "the async runtime cannot be started").caused_by(error)
    })
}

impl Micromodule {
    /// Whether it comes to an end by itself; one without streams goes on to answer calls.
    pub(crate) fn is_source(&self) -> bool {
        let serves = self.config.outputs.is_empty() && !self.methods.is_empty();
        !self.wiring.takes_message && !serves
    }

    /// Runs until it ends by itself, is stopped, or fails.
    pub(crate) fn run(
        mut self,
        home: &Home,
        stopper: &Arc<Stopper>,
        bell: &Arc<Bell>,
    ) -> Result<(), Error> {
        let _identity = observe::identity_span(self.config.class, &self.config.uid).entered();
        let afterwards = match self.is_source() {
            true => Afterwards::Ends,
            false => Afterwards::Serves,
        };
        let methods = std::mem::take(&mut self.methods);
        match self.start(methods, afterwards, home, stopper, bell) {
            Ok(()) => {}
            Err(error) => stopper.fail(error),
        }
        let ended = stopper.outcome();
        if ended.is_ok() {
            match stopper.reason() {
                Some(reason) => tracing::info!("stopped: {reason}"),
                None => tracing::info!("stopped"),
            }
        }
        ended
    }

    fn start(
        &self,
        methods: Vec<Served>,
        afterwards: Afterwards,
        home: &Home,
        stopper: &Arc<Stopper>,
        bell: &Arc<Bell>,
    ) -> Result<(), Error> {
        let (config, endpoint) = (&self.config, &home.endpoint);
        modes::warn(config);
        let streams = Streams::new(endpoint, config, home.runtime.clone())?;
        let of_calls = calls::streams(config)?;
        let planned = of_calls.as_ref().map(CallStreams::planned);
        match streams.ensure_all(config, planned.unwrap_or_default(), stopper) {
            Err(error) if stopper.reason().is_some() => {
                tracing::info!("stopped before it began: {}", error.with_causes());
                return Ok(());
            }
            ensured => ensured?,
        }
        tracing::info!("{}", greeting(config, endpoint));
        let who = format!("{}/{}", config.class, config.uid);
        let tracker = Tracker::new(if self.wiring.takes_message {
            IN_FLIGHT
        } else {
            0
        });
        let ledger = tracker.ledger();
        let (bell, stopper) = (Arc::clone(bell), Arc::clone(stopper));
        let outbox = Outbox::start(
            endpoint,
            config,
            streams.size_limits(config),
            &who,
            Arc::clone(&ledger),
            Arc::clone(&bell),
            Arc::clone(&stopper),
        )?;
        let outbox = Arc::new(outbox);
        if stopper.is_stopping() {
            return Ok(());
        }
        let outputs = Outputs::new(config.outputs.clone());
        let errands = Arc::new(Errands::new(Arc::clone(&bell)));
        let mut calls = match of_calls {
            Some(streams) => Some(Calls::connect(CallsParts {
                endpoint,
                config,
                streams,
                methods,
                errands: &errands,
                runtime: &home.runtime,
                stopper: &stopper,
                bell: &bell,
            })?),
            None => None,
        };
        let reads = self.wiring.takes_message;
        let port = Arc::new(KafkaPort::new(Arc::clone(&outbox), reads));
        let inner = Arc::new(Inner {
            identity: self.identity(),
            outputs: outputs.clone(),
            runtime: home.runtime.clone(),
            stopper: Arc::clone(&stopper),
            port: Arc::clone(&port) as Arc<dyn Port>,
            args: Arc::clone(&self.args),
            board: Arc::default(),
            desk: calls::desk(calls.as_ref()),
            errands: Arc::clone(&errands),
            contract: self.contract.clone(),
            began: Instant::now(),
        });
        if let Some(calls) = &mut calls {
            calls.begin(Context::beside(Arc::clone(&inner)))?;
        }
        let one_by_one = config.input_mode != InputMode::Parity;
        let (order, delivery) = (config.order, config.delivery);
        let committed = Committed::default();
        let shop = Shop {
            who,
            outbox,
            outputs,
            ledger,
            bell,
            stopper,
            order,
            delivery,
            committed,
            one_by_one,
            side: SideStreams::of(config),
            signature: Signature::of(config),
            errands,
        };
        let ended = if reads {
            let (who, stopper, bell) = (&shop.who, &shop.stopper, &shop.bell);
            let settling = modes::settling(config, endpoint, &shop.outbox);
            let consumer = endpoint.consumer(config, who, stopper, bell, tracker, settling);
            let give_up = || calls::give_up(calls.as_ref());
            consumer
                .and_then(|consumer| self.read(&consumer, &streams, &shop, &inner, &port, &give_up))
        } else {
            self.produce(&shop, &inner, afterwards)
        };
        if let Some(calls) = calls {
            calls.end(
                shop.stopper
                    .left(config.shutdown_timeout)
                    .mul_f32(CALLS_SHARE),
            );
        }
        ended
    }

    /// Runs a source on this thread until it ends or is stopped.
    fn produce(
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

    /// Reads the input streams with one lane or several until it is stopped.
    fn read(
        &self,
        consumer: &BaseConsumer<Intake>,
        streams: &Streams,
        shop: &Shop,
        inner: &Arc<Inner>,
        port: &KafkaPort,
        give_up: &dyn Fn(),
    ) -> Result<(), Error> {
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
                give_up();
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
        Ok(())
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

    fn open(&self, context: &Context, in_hand: &InHand) -> Result<Box<dyn Runner>, Error> {
        let opened = caught(|| (self.wiring.open)(context));
        opened
            .and_then(|runner| sent(in_hand).map(|()| runner))
            .map_err(|failure| self.not_set_up(failure))
    }

    fn not_set_up(&self, failure: Failure) -> Error {
        let context = format!("{}: `setup` failed", self.config.class);
        Error::new(ErrorKind::Lifecycle, context).caused_by(failure)
    }

    /// Waits until Kafka has every output.
    fn flush(&self, shop: &Shop, limit: Duration) -> Result<(), Error> {
        match shop.outbox.flush(limit) {
            0 => Ok(()),
            missing => {
                shop.outbox.give_up();
                let consequence = match self.config.delivery {
                    _ if !self.wiring.takes_message => {
                        "Kafka may not have them, and the source has to send them again"
                    }
                    DeliveryMode::AtMostOnce => "their inputs were committed before: they are lost",
                    DeliveryMode::AtLeastOnce | DeliveryMode::ExactlyOnce => {
                        "their inputs were not committed and are read again at the next start"
                    }
                };
                let context = format!(
                    "{}: {missing} electrons were not delivered before the deadline of the \
                     shutdown; {consequence}",
                    shop.who
                );
                Err(Error::new(ErrorKind::Shutdown, context))
            }
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            uid: self.config.uid.to_string(),
            class: self.config.class.to_owned(),
            group: self.config.group.clone(),
            inputs: self
                .config
                .inputs
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }
}
