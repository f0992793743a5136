//! The context: what a link's function may ask of the micromodule it runs in.

mod delivery;
mod detached;
mod port;

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::runtime::{EnterGuard, Handle};
use tokio::task::JoinHandle;

use crate::cli::UserArgs;
use crate::errands::Errands;
use crate::link::{Emitter, Outputs};
use crate::liveness::{Board, Stall};
use crate::outcome::Failure;
use crate::rpc::{Desk, Instance};
use crate::shutdown::{StopReason, Stopper};
use crate::stream::StreamName;
use crate::tracker::Slot;

pub(crate) use delivery::Receipt;
pub use delivery::{Delivery, Sendable};
pub use detached::{Detached, Sent};
pub(crate) use port::{InputChange, Port, PortOutlet, Sender};

/// The micromodule as its functions see it.
///
/// A function takes it as `&Context`. A clone may be moved into a task of its own and outlives the
/// electron in hand: what a clone sends belongs to no input's settlement.
pub struct Context {
    inner: Arc<Inner>,
    standing: Standing,
}

/// To what that which a context sends belongs.
enum Standing {
    /// To what its lane has in hand.
    Lane(Arc<InHand>),
    /// To no electron; but a method that runs beside the lanes fails with it.
    Method(Arc<InHand>),
    /// To nothing.
    Clone,
}

/// What all contexts of one micromodule share.
pub(crate) struct Inner {
    pub(crate) identity: Identity,
    pub(crate) outputs: Outputs,
    pub(crate) runtime: Handle,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) port: Arc<dyn Port>,
    pub(crate) args: UserArgs,
    /// What stands still.
    pub(crate) board: Arc<Board>,
    /// Where calls to other micromodules are left.
    pub(crate) desk: Arc<dyn Desk>,
    /// What makes lanes stand still.
    pub(crate) errands: Arc<Errands>,
    /// What `describe` prints.
    pub(crate) contract: String,
    pub(crate) began: Instant,
}

/// Who a running micromodule is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) uid: String,
    pub(crate) class: String,
    pub(crate) group: String,
    pub(crate) inputs: Vec<StreamName>,
}

/// The electron that a lane has in hand.
#[derive(Debug)]
pub(crate) struct InHand {
    slot: AtomicU32,
    /// Which attempt at it this is, counted from one. Written only when it is not the first.
    attempt: AtomicU32,
    /// Whether there is a `failure`: asked after every electron.
    failed: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

/// No electron: the lane is between two, or it is a source's.
const NONE: u32 = u32::MAX;

impl InHand {
    pub(crate) fn new() -> Self {
        Self {
            slot: AtomicU32::new(NONE),
            attempt: AtomicU32::new(1),
            failed: AtomicBool::new(false),
            failure: Mutex::default(),
        }
    }

    pub(crate) fn set(&self, slot: Option<Slot>) {
        self.slot
            .store(slot.map_or(NONE, Slot::index), Ordering::Relaxed);
    }

    /// Says which attempt comes next, counted from one.
    pub(crate) fn set_attempt(&self, attempt: u32) {
        self.attempt.store(attempt, Ordering::Relaxed);
    }

    fn get(&self) -> Option<Slot> {
        let index = self.slot.load(Ordering::Relaxed);
        (index != NONE).then(|| Slot::from_index(index))
    }

    /// The first failed `Context::send` of the electron in hand: it fails with it, even when the
    /// function did not look at the result.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        self.failed.store(false, Ordering::Release);
        failure.take()
    }

    /// Keeps the first of the failed sends.
    fn fail(&self, failure: Failure) {
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(failure);
        self.failed.store(true, Ordering::Release);
    }
}

impl Context {
    pub(crate) fn of_lane(inner: Arc<Inner>, in_hand: Arc<InHand>) -> Self {
        Self {
            inner,
            standing: Standing::Lane(in_hand),
        }
    }

    /// The context of one run of a method beside the lanes; `failed` has the first send that failed.
    pub(crate) fn of_method(&self, failed: &Arc<InHand>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            standing: Standing::Method(Arc::clone(failed)),
        }
    }

    /// The context of what runs beside the lanes: its sends belong to no electron.
    pub(crate) fn beside(inner: Arc<Inner>) -> Self {
        Self {
            inner,
            standing: Standing::Clone,
        }
    }

    /// The same context, whose sends still belong to the electron in hand; `clone` gives one whose
    /// sends do not.
    pub(crate) fn on_this_lane(&self) -> Self {
        let standing = match &self.standing {
            Standing::Lane(in_hand) => Standing::Lane(Arc::clone(in_hand)),
            Standing::Method(failed) => Standing::Method(Arc::clone(failed)),
            Standing::Clone => Standing::Clone,
        };
        Self {
            inner: Arc::clone(&self.inner),
            standing,
        }
    }

    /// Whether it is lent by a lane, which may have the state in hand.
    pub(crate) fn is_of_lane(&self) -> bool {
        matches!(self.standing, Standing::Lane(_))
    }

    /// Where calls are left.
    pub(crate) fn desk(&self) -> &dyn Desk {
        &*self.inner.desk
    }

    /// What the built-in methods ask of the micromodule.
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The id of this instance.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.inner.identity.uid
    }

    /// The class: the name of the link.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.inner.identity.class
    }

    /// The consumer group whose members share the input streams.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.inner.identity.group
    }

    /// The input streams this instance was started with, in order of priority.
    #[must_use]
    pub fn inputs(&self) -> &[StreamName] {
        &self.inner.identity.inputs
    }

    /// The output streams; the first is the default destination.
    pub fn outputs(&self) -> impl Iterator<Item = &StreamName> {
        self.inner.outputs.names()
    }

    /// The user's own arguments, when the link was declared with `args = A`; `None` for another type.
    #[must_use]
    pub fn args<A: Send + Sync + 'static>(&self) -> Option<&A> {
        self.inner.args.downcast_ref()
    }

    /// Which attempt at the electron in hand this is: 1 for the first, more after a `retry`. Always 1
    /// outside of an electron, and for a clone of the context.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        match &self.standing {
            Standing::Lane(in_hand) => in_hand.attempt.load(Ordering::Relaxed),
            Standing::Method(_) | Standing::Clone => 1,
        }
    }

    /// Sends a value, or an [`Electron`](crate::Electron) with its key, headers and target stream.
    /// `None` is a tombstone; bytes go as they are.
    ///
    /// It is part of the settlement of the electron in hand: its offset is stored only after this
    /// was delivered too. Await the result to know that it was delivered. A failure is never lost:
    /// when the value cannot be written the electron in hand fails, and when it is not delivered the
    /// micromodule stops, also when nobody awaits it. Blocks the calling thread while too much is
    /// under way (50,000 electrons or 16 MiB).
    ///
    /// What a clone of the context sends is part of no settlement, and a value of it that cannot be
    /// written is an error in the log and in the result.
    ///
    /// Under exactly-once it is put aside and delivered together with its input, when the function
    /// has returned: the result is ready at once and says that it was put aside. Should the
    /// transaction fail, the input is handled again. A clone can send nothing then: an electron that
    /// belongs to no input would be in no transaction.
    pub fn send(&self, value: impl Sendable) -> Delivery {
        let receipt = Arc::new(Receipt::default());
        let sender = match &self.standing {
            Standing::Lane(in_hand) => in_hand.get().map_or(Sender::Lane, Sender::Electron),
            Standing::Method(_) | Standing::Clone => Sender::Clone,
        };
        let mut outlet = PortOutlet::new(&*self.inner.port, sender, &receipt);
        let mut buffer = Vec::new();
        let mut emitter = Emitter::new(&mut outlet, &self.inner.outputs, &mut buffer);
        if let Err(failure) = value.emit(&mut emitter) {
            let shown = receipt.refuse(failure);
            match &self.standing {
                Standing::Lane(keeps) | Standing::Method(keeps) => keeps.fail(shown),
                Standing::Clone => tracing::error!("a send failed: {shown}"),
            }
        }
        Delivery::new(receipt)
    }

    /// Adds an input stream, with the lowest priority; nothing happens when it is one already, or
    /// when the link is a source. It is created when it is missing; when that fails the micromodule
    /// stops.
    pub fn add_input(&self, stream: impl Into<StreamName>) {
        self.inner
            .port
            .change_inputs(InputChange::Add(stream.into()));
    }

    /// Removes an input stream; what is in hand of it is finished first. Nothing happens when it is
    /// none.
    pub fn remove_input(&self, stream: impl Into<StreamName>) {
        self.inner
            .port
            .change_inputs(InputChange::Remove(stream.into()));
    }

    /// The live instances of all micromodules that can be called, by class and uid: those that have
    /// announced themselves and were heard of since. None with `--rpc off`.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        self.inner.desk.instances()
    }

    /// Stops this micromodule in order, with exit status 0; `reason` goes to its log. Returns at once:
    /// the electron in hand is finished and settled.
    pub fn stop(&self, reason: impl Into<String>) {
        self.inner.stopper.stop(StopReason::Asked(reason.into()));
    }

    /// Whether the micromodule is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.inner.stopper.is_stopping()
    }

    /// Waits until the micromodule stops: the signal to end for a task of its own.
    pub async fn stopped(&self) {
        self.inner.stopper.stopped().await;
    }

    /// The partitions of the input streams that have something to be read and have stood still for
    /// longer than the stall timeout (30 s), each with what it waits for. It is looked up once a
    /// second; a task of one's own may ask for it through a clone. A source has none.
    ///
    /// The log says the same, when a stall begins, at doubling times, and when it is over.
    #[must_use]
    pub fn stalls(&self) -> Vec<Stall> {
        self.inner.board.stalls()
    }

    /// Runs a task beside the link; give it a clone of the context and let it end at
    /// [`stopped`](Self::stopped). It is not waited for at the end, and a panic of it is found only in
    /// the handle that is returned.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.inner.runtime.spawn(task)
    }

    /// Until the guard is dropped, what the calling lane makes and drops may use the runtime.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.inner.runtime.enter()
    }

    /// Runs a future to its end on the calling lane.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.runtime.block_on(future)
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        Self::beside(Arc::clone(&self.inner))
    }
}
