//! The Kafka side of calls: what is read, what is sent, and when. Who is asked and what runs is decided in `rpc`.

mod announce;
mod crew;
mod desk;
mod listen;
mod place;
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
pub(crate) use self::streams::CallStreams;
use self::wire::{Fate, Holds, Sent, Undelivered, Wire};
use crate::bell::Bell;
use crate::config::Config;
use crate::context::Context;
use crate::errands::Errands;
use crate::error::{Error, ErrorKind};
use crate::kafka::Endpoint;
use crate::observe;
use crate::rpc::{
    CallErrorKind, Caller, Client, Desk, Done, Reply, Request, Said, Served, Server, VERSION,
    builtin, is_expired, refusal, write,
};

/// How many requests one instance has under way at once; past it a caller is told that it is busy.
const LIMIT: usize = 4096;

/// What calls need of their micromodule.
pub(crate) struct CallsParts<'p> {
    pub(crate) endpoint: &'p Endpoint,
    pub(crate) config: &'p Config,
    pub(crate) streams: CallStreams,
    pub(crate) methods: Vec<Served>,
    pub(crate) errands: &'p Arc<Errands>,
    pub(crate) runtime: &'p Handle,
    pub(crate) bell: &'p Arc<Bell>,
}

/// The calls of one micromodule, both ways.
pub(crate) struct Calls {
    shared: Arc<Shared>,
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
    methods: HashMap<&'static str, Served>,
    /// Where methods run that do not need the state.
    crew: Arc<Crew>,
    errands: Arc<Errands>,
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
    /// Reads that failed.
    troubles: AtomicU64,
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
            life: micros_now(),
        };
        let herald = Herald::new(&me, config, &methods);
        let methods = methods.into_iter().chain(builtin::methods());
        let methods: HashMap<&'static str, Served> =
            methods.map(|served| (served.spec.name, served)).collect();
        let names = methods.keys().map(|name| (*name).to_owned());
        let server = Server::new(&me.uid, me.life, names.collect::<Vec<_>>(), LIMIT);
        let own_state = methods
            .values()
            .filter(|served| served.handler.state.is_some())
            .map(|served| served.spec.name.to_owned());
        let client = Client::new(me.clone(), own_state);
        let shared = Arc::new(Shared {
            wire: Wire::start(endpoint, config)?,
            book: Mutex::new(Book::new(client)),
            server: Mutex::new(server),
            crew: Crew::new(parts.runtime.clone()),
            errands: Arc::clone(parts.errands),
            bell: Arc::clone(parts.bell),
            began: Instant::now(),
            over: Bell::default(),
            ended: AtomicBool::new(false),
            left: AtomicBool::new(false),
            garbage: Mutex::default(),
            troubles: AtomicU64::new(0),
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
        let (identity, shared) = (self.shared.identity.clone(), Arc::clone(&self.shared));
        let thread = Builder::new().name(name).spawn(move || {
            let _identity = identity.entered();
            listener.run(&context);
            shared.left.store(true, Ordering::SeqCst);
            shared.bell.ring();
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
        shared.withdraw();
        shared
            .wire
            .flush(deadline.saturating_duration_since(Instant::now()) / 2);
        shared.ended.store(true, Ordering::SeqCst);
        shared.crew.close();
        if self.thread.take().is_some() {
            // It looks at least every `listen::TICK`; one that hangs is left to the deadline.
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

    fn came_too_late(&self, request: &Request) -> bool {
        is_expired(request.deadline, wall())
    }

    /// A request is over; `said` is what is answered, nothing when nobody waits any more.
    fn done(&self, request: &Request, said: Option<Said>) {
        let how = match &said {
            None => Done::Expired,
            Some(Said::Value { .. }) => Done::Ran,
            Some(Said::Refusal { .. }) => Done::Refused,
        };
        // Counted before it is answered: who has the answer finds it counted.
        self.server().done(how);
        match said {
            Some(said) => self.reply(request, said),
            None => tracing::debug!(
                "rpc `{}` of {}: its deadline passed before its turn came",
                request.method,
                request.caller.uid
            ),
        }
        self.over.ring();
    }

    /// Answers a request, when an answer is wanted.
    fn reply(&self, request: &Request, said: Said) {
        let Some(partition) = request.reply else {
            return self.note_unanswered(request, &said);
        };
        let sent = Sent::Reply {
            to: request.caller.uid.clone(),
            life: request.caller.life,
            id: request.id,
            partition,
            holds: match said {
                Said::Value { .. } => Holds::Answer,
                Said::Refusal { .. } => Holds::Refusal,
            },
        };
        self.send_reply(sent, said);
    }

    /// A notification that went wrong is told to nobody else.
    fn note_unanswered(&self, request: &Request, said: &Said) {
        let (method, uid) = (&request.method, &request.caller.uid);
        match said {
            Said::Value { is_err: true, .. } => {
                tracing::warn!("rpc `{method}`, of which {uid} wants no answer, returned an error");
            }
            Said::Value { .. } => {}
            Said::Refusal { kind, detail } => {
                tracing::warn!("rpc `{method}`, of which {uid} wants no answer: {kind} {detail}");
            }
        }
    }

    fn send_reply(&self, sent: Sent, said: Said) {
        let Sent::Reply {
            to,
            life,
            id,
            partition,
            ..
        } = &sent
        else {
            return;
        };
        let reply = Reply {
            v: VERSION,
            id: *id,
            to: to.clone(),
            life: *life,
            from: self.me.uid.clone(),
            said,
        };
        let bytes = match write(&reply) {
            Ok(bytes) => bytes,
            Err(why) => return tracing::error!("an answer to {to} cannot be written: {why}"),
        };
        let (stream, partition, to) = (self.streams.replies.as_str(), *partition, to.clone());
        let taken = self
            .wire
            .send(stream, Some(partition), &to, Some(&bytes), sent);
        if let Err(undelivered) = taken {
            self.note_undelivered(undelivered);
        }
    }

    /// A message was not delivered: whoever can do something about it is told.
    fn note_undelivered(&self, undelivered: Undelivered) {
        let Undelivered { sent, fate, why } = undelivered;
        match (sent, fate) {
            (Sent::Request { id, class, to }, Fate::Refused(kind)) => {
                tracing::warn!("a request to `{class}` was refused: {why}");
                self.with_book(|book, shared| {
                    book.client
                        .unsent(id, &class, &to, kind, &why, shared.now());
                });
            }
            // Its deadline decides: it may be there, and be answered.
            (Sent::Request { class, .. }, Fate::Unknown) => {
                tracing::warn!("a request to `{class}` was not confirmed: {why}");
            }
            // A refusal is small: it fits where the answer did not.
            (
                Sent::Reply {
                    to,
                    life,
                    id,
                    partition,
                    holds: Holds::Answer,
                },
                Fate::Refused(kind @ CallErrorKind::TooLarge),
            ) => {
                tracing::warn!("an answer to {to} is too large: {why}");
                let sent = Sent::Reply {
                    to,
                    life,
                    id,
                    partition,
                    holds: Holds::Refusal,
                };
                self.send_reply(sent, refusal(kind, &why));
            }
            (Sent::Reply { to, .. }, _) => {
                tracing::warn!("an answer to {to} was not delivered: {why}")
            }
            (Sent::Announcement, _) => tracing::debug!("an announcement was not delivered: {why}"),
        }
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
