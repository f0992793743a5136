//! The Kafka side of calls: what is read, what is sent, and when. Who is asked and what runs is decided in `rpc`.

mod announce;
mod crew;
mod desk;
mod listen;
mod place;
mod reply;
mod seat;
mod streams;
mod wire;
mod work;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tracing::Span;

use self::announce::Herald;
use self::crew::Crew;
use self::desk::Book;
use self::listen::Listener;
use self::seat::Seat;
pub(crate) use self::streams::CallStreams;
use self::wire::Wire;
use self::work::Offer;
use crate::bell::Bell;
use crate::config::Config;
use crate::context::Context;
use crate::errands::Errands;
use crate::error::{Error, ErrorKind};
use crate::kafka::Endpoint;
use crate::observe;
use crate::rpc::{Caller, Client, Desk, Limits, Served, Server, builtin};
use crate::run::LANE_STACK;
use crate::shutdown::Stopper;

/// How much one instance has under way at once.
const LIMITS: Limits = Limits {
    calls: 4096,
    bytes: 64 << 20,
};

/// What calls need of their micromodule.
pub(crate) struct CallsParts<'p> {
    pub(crate) endpoint: &'p Endpoint,
    pub(crate) config: &'p Config,
    pub(crate) streams: CallStreams,
    pub(crate) methods: Vec<Served>,
    pub(crate) errands: &'p Arc<Errands>,
    pub(crate) stopper: &'p Arc<Stopper>,
    pub(crate) runtime: &'p Handle,
    pub(crate) bell: &'p Arc<Bell>,
}

/// The calls of one micromodule, both ways.
pub(crate) struct Calls {
    shared: Arc<Shared>,
    runtime: Handle,
    listener: Option<Listener>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of calls, the stubs and the running methods share.
struct Shared {
    me: Caller,
    /// What its log lines belong to.
    identity: Span,
    streams: CallStreams,
    wire: Wire,
    book: Mutex<Book>,
    server: Mutex<Server>,
    methods: HashMap<&'static str, Arc<Offer>>,
    /// Where methods run that do not need the state.
    crew: Arc<Crew>,
    errands: Arc<Errands>,
    stopper: Arc<Stopper>,
    bell: Arc<Bell>,
    began: Instant,
    /// Rung when a request is over: only the end waits for that.
    over: Bell,
    /// The thread of calls is to end, and it has ended.
    ended: AtomicBool,
    left: AtomicBool,
    /// Messages that were no requests, replies or announcements, by stream: a flood on one of them
    /// does not hide the first on another.
    garbage: Mutex<HashMap<String, u64>>,
    /// What is said in the log more and more rarely.
    counts: Counts,
    /// What it has said of itself last.
    presence: Mutex<Presence>,
}

/// What may come in numbers, counted.
#[derive(Default)]
struct Counts {
    /// Reads that failed.
    troubles: AtomicU64,
    /// Notifications that came to nothing.
    unheard: AtomicU64,
    /// Requests whose caller wants no answer, and that went wrong.
    unanswered: AtomicU64,
    /// Messages that were not delivered.
    undelivered: AtomicU64,
    /// Requests that were read when nobody waited any more.
    late: AtomicU64,
    /// Announcements of a life that began before one that is known.
    backwards: AtomicU64,
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
            life: micros_now(),
        };
        let herald = Herald::new(&me, config, &methods);
        let methods = methods.into_iter().chain(builtin::methods());
        let methods: HashMap<&'static str, Arc<Offer>> = methods
            .map(|served| (served.spec.name, Arc::new(Offer::new(served))))
            .collect();
        let names = methods.keys().map(|name| (*name).to_owned());
        let server = Server::new(&me.uid, me.life, names.collect::<Vec<_>>(), LIMITS);
        let own_state = methods
            .values()
            .map(|offer| &offer.served)
            .filter(|served| served.handler.state.is_some())
            .map(|served| served.spec.name.to_owned());
        let client = Client::new(me.clone(), own_state);
        let shared = Arc::new(Shared {
            wire: Wire::start(endpoint, config)?,
            book: Mutex::new(Book::new(client, place::fingerprint(&me.uid) ^ me.life)),
            server: Mutex::new(server),
            crew: Crew::new(parts.runtime.clone()),
            errands: Arc::clone(parts.errands),
            stopper: Arc::clone(parts.stopper),
            bell: Arc::clone(parts.bell),
            began: Instant::now(),
            over: Bell::default(),
            ended: AtomicBool::new(false),
            left: AtomicBool::new(false),
            garbage: Mutex::default(),
            counts: Counts::default(),
            presence: Mutex::new(Presence::There),
            identity: observe::identity_span(config.class, &config.uid),
            me,
            streams,
            methods,
        });
        let consumer = place::consumer(endpoint, config)?;
        let listener = Listener::new(&shared, consumer, herald);
        Ok(Self {
            shared,
            runtime: parts.runtime.clone(),
            listener: Some(listener),
            thread: None,
        })
    }

    /// Where stubs leave their questions.
    pub(crate) fn desk(&self) -> Arc<dyn Desk> {
        Arc::clone(&self.shared) as Arc<dyn Desk>
    }

    /// Finds its place on the streams beside everything else, then announces the micromodule and answers. `context` is for methods beside the lane.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(crate) fn begin(&mut self, context: Context) -> Result<(), Error> {
        let Some(listener) = self.listener.take() else {
            return Ok(());
        };
        let name = format!("rpc-{}", self.shared.me.class);
        let seat = Seat::new(&self.shared, context, listener);
        let runtime = self.runtime.clone();
        let builder = Builder::new().name(name).stack_size(LANE_STACK);
        let thread = builder.spawn(move || {
            // A method that runs here may want the runtime, as on any other thread.
            let _runtime = runtime.enter();
            seat.listen();
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
        shared.errands.close();
        shared.give_up();
        let idle = || shared.server().in_flight() == 0;
        if !shared.over.wait(limit / 2, idle) {
            let left = shared.server().in_flight();
            tracing::warn!(
                "{left} calls are not answered: the shutdown does not wait for them longer"
            );
        }
        // Who reads the goodbye first would take its call for lost: answers are there before.
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        shared.wire.settle(half);
        shared.withdraw();
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        shared.wire.settle(half);
        shared.ended.store(true, Ordering::SeqCst);
        shared.crew.close();
        if self.thread.take().is_some() {
            // It looks every `listen::TICK`, and while it finds its place after each question to the broker; one that
            // hangs is left to the deadline.
            let left = || shared.left.load(Ordering::SeqCst);
            let limit = deadline.saturating_duration_since(Instant::now());
            shared.bell.wait(limit, left);
        }
    }
}

impl Shared {
    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn garbage(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.garbage.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.with_book(|book, shared| book.client.shutdown(shared.now()));
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
