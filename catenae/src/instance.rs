//! The main loop of a micromodule, from its start to its end; with `parts` and `read` it knows every room.

mod calls;
mod finish;
mod greeting;
mod modes;
mod parts;
mod produce;
mod read;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};

use self::finish::sent;
use self::greeting::greeting;
use self::read::ReadLoop;
use crate::args::UserArgs;
use crate::config::Config;
use crate::context::{Context, Identity, InHand};
use crate::descriptors;
use crate::error::{Error, ErrorKind};
use crate::kafka::{ConsumerParts, Departures, Endpoint, KafkaPort, StreamAdmin, StreamWatch};
use crate::lane::{Afterwards, LANE_STACK, LaneShared, caught};
use crate::link::{Runner, Wiring};
use crate::observe;
use crate::outcome::Failure;
use crate::rpc::Served;
use crate::rpc::transport::{Calls, CallsParts};
use crate::shutdown::{self, InstanceHandle, RunGuard, UnfinishedFate};

/// How many electrons one instance may have in flight, from being taken to being settled.
const IN_FLIGHT: u32 = 65_536;
/// The same under exactly-once, where all electrons of a transaction are in flight until it ends: at a million a second,
/// those of the longest default transaction, and those that are taken while it ends.
const IN_TRANSACTIONS: u32 = 262_144;
/// How many methods run at once beside the lanes, in the whole process.
const METHODS_AT_ONCE: usize = 8192;
/// The part of the shutdown's time that the electron in hand gets; the rest is for flushing,
/// committing and leaving the group.
const DRAIN_SHARE: f32 = 0.6;
/// The part of the shutdown's time in which it is waited for what Kafka refuses, before lanes end: whether
/// it refuses anything, and until what it has refused is given up.
const REPORTED_SHARE: f32 = 0.1;
const REFUSED_SHARE: f32 = 0.4;
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
pub(crate) struct Host {
    pub(crate) runtime: Handle,
    pub(crate) endpoint: Endpoint,
    /// Who of them leaves which group.
    pub(crate) departures: Departures,
}

impl Host {
    pub(crate) fn new(runtime: Handle, endpoint: Endpoint) -> Self {
        Self {
            runtime,
            endpoint,
            departures: Departures::default(),
        }
    }
}

/// Runs one micromodule in this process until it ends: what a generated `main` does.
pub(crate) fn alone(micromodule: Micromodule) -> Result<(), Error> {
    let runtime = runtime()?;
    let endpoint = Endpoint::of(&micromodule.config.broker)?;
    let host = Host::new(runtime.handle().clone(), endpoint);
    let instance = Arc::new(InstanceHandle::new(micromodule.who()));
    let _attended = shutdown::attend(&instance);
    shutdown::end_in_time(
        &host.runtime,
        Arc::clone(&instance),
        micromodule.config.shutdown_timeout,
    );
    let ended = micromodule.run(&host, &instance);
    // A task may have failed since.
    let result = ended.and_then(|()| instance.outcome());
    instance.close();
    // Tasks of the user's own that do not end are left behind.
    runtime.shutdown_background();
    result
}

/// The runtime that drives timers, signals and the user's async code.
pub(crate) fn runtime() -> Result<Runtime, Error> {
    descriptors::check()?;
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
    fn is_source(&self) -> bool {
        let answers = self.config.outputs.is_empty() && self.serves();
        !self.wiring.takes_message && !answers
    }

    /// Whether it has methods of its own.
    pub(crate) fn serves(&self) -> bool {
        !self.methods.is_empty()
    }

    /// Runs until it ends by itself, is stopped, or fails.
    pub(crate) fn run(mut self, host: &Host, instance: &Arc<InstanceHandle>) -> Result<(), Error> {
        let _identity = observe::identity_span(self.config.class, &self.config.uid).entered();
        let run = shutdown::begin(instance.who().to_owned(), self.fate());
        let afterwards = match self.is_source() {
            true => Afterwards::Ends,
            false => Afterwards::Serves,
        };
        let methods = std::mem::take(&mut self.methods);
        match self.start(methods, afterwards, host, instance, &run) {
            Ok(()) => {}
            Err(error) => instance.fail(error),
        }
        let ended = instance.outcome();
        if ended.is_ok() {
            match instance.reason() {
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
        host: &Host,
        instance: &Arc<InstanceHandle>,
        run: &RunGuard,
    ) -> Result<(), Error> {
        let (config, endpoint) = (&self.config, &host.endpoint);
        modes::warn(config);
        let streams = StreamAdmin::new(endpoint, config, host.runtime.clone())?;
        let of_calls = calls::streams(config)?;
        if !self.ensure_streams(&streams, of_calls.as_ref(), instance)? {
            return Ok(());
        }
        tracing::info!("{}", greeting(config, endpoint));
        let (shared, tracker) = self.lane_shared(endpoint, &streams, instance)?;
        if instance.is_stopping() {
            return Ok(());
        }
        let connect = |streams| {
            Calls::connect(CallsParts {
                endpoint,
                config,
                streams,
                methods,
                lane_queue: &shared.lane_queue,
                instance,
                runtime: &host.runtime,
            })
        };
        let mut calls = of_calls.map(connect).transpose()?;
        let reads = self.wiring.takes_message;
        let port = Arc::new(KafkaPort::new(&shared.outbox, &shared.holds, reads));
        let inner = self.context(host, &shared, &port, calls.as_ref());
        if let Some(calls) = &mut calls {
            self.begin_calls(calls, &inner)?;
        }
        let sightings = Arc::default();
        let watch = StreamWatch::new(config, &streams, instance);
        if let Some(watch) = &watch {
            let watch = Arc::clone(watch);
            host.runtime.spawn(watch.run(Arc::clone(&sightings)));
        }
        // It is a member until its clients are closed.
        let departures = &host.departures;
        let departure = departures.member(config.class, &config.group, instance);
        let ended = if reads {
            let consumer = ConsumerParts {
                config,
                instance,
                tracker,
                settling: modes::settling(config, endpoint, &shared.outbox),
                asked: streams.knows_ids(),
                sightings: &sightings,
            };
            consumer.open(endpoint).map(|consumer| {
                self.read(ReadLoop {
                    departure: &departure,
                    consumer: &consumer,
                    endpoint,
                    streams: &streams,
                    shared: &shared,
                    inner: &inner,
                    port: &port,
                    run,
                });
            })
        } else {
            self.produce(&shared, &inner, afterwards)
        };
        if let Some(calls) = calls {
            let left = match instance.is_killed() {
                true => Duration::ZERO,
                false => instance.left(config.shutdown_timeout),
            };
            calls.end(left.mul_f32(CALLS_SHARE));
        }
        if let Err(error) = ended {
            instance.fail(error);
        }
        if let Some(watch) = watch {
            watch.explain_end(instance.left(config.shutdown_timeout));
        }
        Ok(())
    }

    /// It, as the log names it.
    pub(crate) fn who(&self) -> String {
        format!("{}/{}", self.config.class, self.config.uid)
    }

    /// What becomes of what an end in the middle leaves.
    fn fate(&self) -> UnfinishedFate {
        let under_way = match self.config.delivery {
            _ if !self.wiring.takes_message => {
                "Kafka may not have received the last outputs, which have to be sent again"
            }
            delivery => delivery.fate_of_unfinished(),
        };
        UnfinishedFate {
            in_hand: self.config.delivery.fate(),
            under_way,
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
    fn flush(&self, shared: &LaneShared, limit: Duration) -> Result<(), Error> {
        match shared.outbox.flush(limit) {
            0 => Ok(()),
            missing => {
                shared.outbox.give_up();
                let consequence = match self.config.delivery {
                    _ if !self.wiring.takes_message => {
                        "Kafka may not have them, and the source has to send them again"
                    }
                    delivery => delivery.fate_of_inputs(),
                };
                let context = format!(
                    "{}: {missing} electrons were not delivered before the deadline of the \
                     shutdown; {consequence}",
                    shared.instance.who()
                );
                Err(Error::new(ErrorKind::Shutdown, context))
            }
        }
    }

    /// Waits until no electron is held any more for something other than an output.
    fn wait_for_holds(&self, shared: &LaneShared, limit: Duration) -> Result<(), Error> {
        match shared.holds.wait_until_none(limit) {
            0 => Ok(()),
            held => {
                let context = format!(
                    "{}: {held} {} released before the deadline of the shutdown; {}",
                    shared.instance.who(),
                    if held == 1 {
                        "hold was not"
                    } else {
                        "holds were not"
                    },
                    self.config.delivery.fate_of_inputs()
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
