//! The Kafka side of calls: what is read, what is sent, and when. Who is asked and what runs is decided in `rpc::core`.

mod heartbeat;
mod invocation;
mod leader;
mod pending;
mod pool;
mod positions;
mod reader;
mod reply;
pub(crate) mod streams;
mod warnings;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tracing::Span;

pub(crate) use self::streams::CallStreams;
use self::warnings::Warnings;
use crate::assignment::lane_queue::LaneQueue;
use crate::bell::Bell;
use crate::config::Config;
use crate::context::Context;
use crate::error::{Error, ErrorKind};
use crate::kafka::Endpoint;
use crate::kafka::calls::consumer::CallConsumer;
use crate::kafka::calls::producer::CallProducer;
use crate::lane::LANE_STACK;
use crate::observe;
use crate::rpc::stub::builtin;
use crate::rpc::transport::heartbeat::Heartbeat;
use crate::rpc::transport::invocation::MethodEntry;
use crate::rpc::transport::leader::Leadership;
use crate::rpc::transport::pending::PendingCalls;
use crate::rpc::transport::pool::WorkerPool;
use crate::rpc::transport::reader::CallReader;
use crate::rpc::{Caller, Client, Served, Server, ServerLimits, Transport};
use crate::shutdown::InstanceHandle;

/// How much one instance has under way at once.
const LIMITS: ServerLimits = ServerLimits {
    calls: 4096,
    bytes: 64 << 20,
};

/// What calls need of their micromodule.
pub(crate) struct CallsParts<'p> {
    pub(crate) endpoint: &'p Endpoint,
    pub(crate) config: &'p Config,
    pub(crate) streams: CallStreams,
    pub(crate) methods: Vec<Served>,
    pub(crate) lane_queue: &'p Arc<LaneQueue>,
    pub(crate) instance: &'p Arc<InstanceHandle>,
    pub(crate) runtime: &'p Handle,
}

/// The calls of one micromodule, both ways.
pub(crate) struct Calls {
    shared: Arc<CallsShared>,
    runtime: Handle,
    reader: Option<CallReader>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of calls, the stubs and the running methods share.
struct CallsShared {
    me: Caller,
    /// What its log lines belong to.
    identity: Span,
    streams: CallStreams,
    producer: CallProducer,
    pending: Mutex<PendingCalls>,
    server: Mutex<Server>,
    methods: HashMap<&'static str, Arc<MethodEntry>>,
    /// Where methods run that do not need the state.
    pool: Arc<WorkerPool>,
    lane_queue: Arc<LaneQueue>,
    instance: Arc<InstanceHandle>,
    began: Instant,
    /// Rung when a request is over: only the end waits for that.
    over: Bell,
    /// The thread of calls is to end, and it has ended.
    ended: AtomicBool,
    left: AtomicBool,
    warnings: Warnings,
    /// What it has said of itself last.
    presence: Mutex<Presence>,
}

/// Whether an instance still says that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Gone,
}

impl Calls {
    /// Makes the clients; nothing is read, and it is not heard of itself yet.
    ///
    /// # Errors
    /// A client cannot be made.
    pub(crate) fn connect(parts: CallsParts<'_>) -> Result<Self, Error> {
        let CallsParts {
            endpoint,
            config,
            streams,
            methods,
            ..
        } = parts;
        let me = Caller {
            uid: config.uid.to_string(),
            class: config.class.to_owned(),
            incarnation: micros_now(),
        };
        let heartbeat = Heartbeat::new(&me, config, &methods);
        let methods = methods.into_iter().chain(builtin::methods());
        let methods: HashMap<&'static str, Arc<MethodEntry>> = methods
            .map(|served| (served.spec.name, Arc::new(MethodEntry::new(served))))
            .collect();
        let names = methods.keys().map(|name| (*name).to_owned());
        let server = Server::new(&me.uid, me.incarnation, names.collect::<Vec<_>>(), LIMITS);
        let own_state = methods
            .values()
            .map(|entry| &entry.served)
            .filter(|served| served.handler.state.is_some())
            .map(|served| served.spec.name.to_owned());
        let client = Client::new(me.clone(), own_state);
        let shared = Arc::new(CallsShared {
            producer: CallProducer::start(endpoint, config)?,
            pending: Mutex::new(PendingCalls::new(
                client,
                positions::fingerprint(&me.uid) ^ me.incarnation,
            )),
            server: Mutex::new(server),
            pool: WorkerPool::new(parts.runtime.clone()),
            lane_queue: Arc::clone(parts.lane_queue),
            instance: Arc::clone(parts.instance),
            began: Instant::now(),
            over: Bell::default(),
            ended: AtomicBool::new(false),
            left: AtomicBool::new(false),
            warnings: Warnings::default(),
            presence: Mutex::new(Presence::There),
            identity: observe::identity_span(config.class, &config.uid),
            me,
            streams,
            methods,
        });
        let consumer = CallConsumer::open(endpoint, config)?;
        let reader = CallReader::new(&shared, consumer, heartbeat);
        Ok(Self {
            shared,
            runtime: parts.runtime.clone(),
            reader: Some(reader),
            thread: None,
        })
    }

    /// Where stubs leave their questions.
    pub(crate) fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.shared) as Arc<dyn Transport>
    }

    /// Finds its place on the streams beside everything else, then announces the micromodule and answers. `context` is for methods beside the lane.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(crate) fn begin(&mut self, context: Context) -> Result<(), Error> {
        let Some(reader) = self.reader.take() else {
            return Ok(());
        };
        let name = format!("rpc-{}", self.shared.me.class);
        let leadership = Leadership::new(&self.shared, context, reader);
        let runtime = self.runtime.clone();
        let builder = Builder::new().name(name).stack_size(LANE_STACK);
        let thread = builder.spawn(move || {
            // A method that runs here may want the runtime, as on any other thread.
            let _runtime = runtime.enter();
            leadership.listen();
        });
        self.thread = Some(thread.map_err(|error| {
            Error::new(ErrorKind::Lifecycle, "calls have no thread").caused_by(error)
        })?);
        Ok(())
    }

    /// What is to be done when a function does not come to its end: what it waits for is ended, and
    /// others are told that this instance goes.
    pub(crate) fn cut_off(&self) -> impl FnOnce() + Send + 'static {
        // Who waits to do it keeps no client alive: it would outlive the micromodule.
        let shared = Arc::downgrade(&self.shared);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.server().stopping();
                shared.give_up();
                shared.withdraw();
            }
        }
    }

    /// Takes no more requests, finishes those that run, says goodbye; at most `limit`.
    pub(crate) fn end(mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let shared = &*self.shared;
        shared.server().stopping();
        shared.lane_queue.close();
        shared.give_up();
        let idle = || shared.server().in_flight() == 0;
        if !shared.over.wait(limit / 2, idle) {
            let left = shared.server().in_flight();
            tracing::warn!("{left} calls stay unanswered: the shutdown no longer waits for them");
        }
        // Who reads the goodbye first would take its call for lost: answers are there before.
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        shared.producer.settle(half);
        shared.withdraw();
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        shared.producer.settle(half);
        shared.ended.store(true, Ordering::SeqCst);
        shared.pool.close();
        if self.thread.take().is_some() {
            // It looks every `reader::TICK`, and while it finds its place after each question to the broker; one that
            // hangs is left to the deadline.
            let left = || shared.left.load(Ordering::SeqCst);
            let limit = deadline.saturating_duration_since(Instant::now());
            shared.instance.bell().wait(limit, left);
        }
    }
}

impl CallsShared {
    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the thread of calls is to end.
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// The time since some start.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends every call that this micromodule waits for.
    fn give_up(&self) {
        self.with_pending(|pending, shared| pending.client.shutdown(shared.now()));
    }
}

/// Milliseconds since 1970, by the clock of this machine.
fn wall() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}

fn micros_now() -> u64 {
    u64::try_from(since_1970().as_micros()).unwrap_or(u64::MAX)
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
