//! The main loop of a micromodule: the one file that knows every room.

mod calls;
mod finish;
mod greeting;
mod modes;
mod produce;
mod read;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Runtime};

use self::finish::sent;
use self::greeting::greeting;
use self::read::Reading;
use crate::bell::Bell;
use crate::cli::UserArgs;
use crate::config::{Config, DeliveryMode, InputMode};
use crate::context::{Context, Identity, InHand, Inner, Port};
use crate::errands::Errands;
use crate::error::{Error, ErrorKind};
use crate::kafka::lane::{Afterwards, Committed, Shop, caught};
use crate::kafka::{
    CallStreams, Calls, CallsParts, Endpoint, KafkaPort, Outbox, SideStreams, Signature, Streams,
};
use crate::link::{Outputs, Runner, Wiring};
use crate::observe;
use crate::outcome::Failure;
use crate::rpc::Served;
use crate::shutdown::{self, Stopper};
use crate::tracker::Tracker;

/// How many electrons one instance may have in flight, from being taken to being settled.
const IN_FLIGHT: u32 = 65_536;
/// How many methods run at once beside the lanes, in the whole process.
const METHODS_AT_ONCE: usize = 8192;
/// The stack of a lane, in bytes: user code runs there, so as much as a main thread has.
pub(crate) const LANE_STACK: usize = 8 << 20;
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
        // Each method beside the lanes has a thread while it runs, also one that waits for another.
        .max_blocking_threads(METHODS_AT_ONCE)
        // Methods are code of the user, as what runs on a lane.
        .thread_stack_size(LANE_STACK)
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
        let connect = |streams| {
            Calls::connect(CallsParts {
                endpoint,
                config,
                streams,
                methods,
                errands: &errands,
                stopper: &stopper,
                runtime: &home.runtime,
                bell: &bell,
            })
        };
        let mut calls = of_calls.map(connect).transpose()?;
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
            // Whoever waits for an answer then, in a function or in `setup`, waits no longer.
            let (stopper, cut_off) = (Arc::clone(&stopper), calls.cut_off());
            let limit = config.shutdown_timeout.mul_f32(DRAIN_SHARE);
            home.runtime.spawn(async move {
                stopper.stopped().await;
                tokio::time::sleep(limit).await;
                cut_off();
            });
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
            consumer.map(|consumer| {
                self.read(Reading {
                    consumer: &consumer,
                    streams: &streams,
                    shop: &shop,
                    inner: &inner,
                    port: &port,
                });
            })
        } else {
            self.produce(&shop, &inner, afterwards)
        };
        if let Some(calls) = calls {
            let left = shop.stopper.left(config.shutdown_timeout);
            calls.end(left.mul_f32(CALLS_SHARE));
        }
        ended
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
