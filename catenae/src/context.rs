//! The context: what a link's function may ask of the micromodule it runs in.

mod delivery;
mod detached;
mod hold;
mod port;
mod scope;
mod task;

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::{EnterGuard, Handle};
use tokio::task::JoinHandle;

use crate::args::UserArgs;
use crate::emit::{Emitter, Outputs};
use crate::liveness::{Stall, StallReport};
use crate::outcome::{Failure, FailureKind};
use crate::pause::Pause;
use crate::rpc::{Instance, Transport};
use crate::shutdown::{InstanceHandle, StopReason};
use crate::stream::StreamName;

pub(crate) use delivery::Receipt;
pub use delivery::{Delivery, Sendable};
pub use detached::{Detached, Sent};
pub use hold::Hold;
pub(crate) use port::{InputChange, Port, PortOutlet, SentBy};
pub(crate) use scope::InHand;
use scope::SendScope;
pub use task::TaskEnd;
use task::{Overseer, Watched};

/// The micromodule as its functions see it.
///
/// A function takes it as `&Context`. A clone may be moved into a task of its own and outlives the
/// electron in hand: what a clone sends belongs to no input's settlement.
pub struct Context {
    inner: Arc<ContextInner>,
    standing: SendScope,
}

/// What all contexts of one micromodule share.
pub(crate) struct ContextInner {
    pub(crate) identity: Identity,
    pub(crate) outputs: Outputs,
    pub(crate) runtime: Handle,
    pub(crate) instance: Arc<InstanceHandle>,
    pub(crate) port: Arc<dyn Port>,
    pub(crate) args: UserArgs,
    /// What stands still.
    pub(crate) stalls: Arc<StallReport>,
    /// Where calls to other micromodules are left.
    pub(crate) transport: Arc<dyn Transport>,
    /// What makes lanes stand still.
    pub(crate) pause: Arc<Pause>,
    /// What `describe` prints.
    pub(crate) contract: String,
    pub(crate) began: Instant,
}

impl ContextInner {
    /// The context of what runs beside the lanes: its sends belong to no electron.
    pub(crate) fn beside(self: &Arc<Self>) -> Context {
        Context {
            inner: Arc::clone(self),
            standing: SendScope::Clone,
        }
    }

    /// Until the guard is dropped, what the calling lane makes and drops may use the runtime.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Runs a future to its end on the calling lane.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// Who a running micromodule is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) uid: String,
    pub(crate) class: String,
    pub(crate) group: String,
    pub(crate) inputs: Vec<StreamName>,
}

impl Context {
    pub(crate) fn of_lane(inner: Arc<ContextInner>, in_hand: Arc<InHand>) -> Self {
        Self {
            inner,
            standing: SendScope::Lane(in_hand),
        }
    }

    /// The context of one run of a method beside the lanes; `failed` has the first send that failed.
    pub(crate) fn of_method(&self, failed: &Arc<InHand>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            standing: SendScope::Method(Arc::clone(failed)),
        }
    }

    /// The same context, whose sends still belong to the electron in hand; `clone` gives one whose
    /// sends do not.
    pub(crate) fn on_this_lane(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            standing: self.standing.same(),
        }
    }

    /// Whether it is lent by a lane, which may have the state in hand.
    pub(crate) fn is_of_lane(&self) -> bool {
        matches!(self.standing, SendScope::Lane(_))
    }

    /// What the built-in methods ask of the micromodule.
    pub(crate) fn inner(&self) -> &ContextInner {
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
            SendScope::Lane(in_hand) => in_hand.attempt(),
            SendScope::Method(_) | SendScope::Clone => 1,
        }
    }

    /// Sends a value, or an [`Electron`](crate::Electron) with its key, headers and target stream.
    /// `None` is a tombstone; bytes go as they are.
    ///
    /// The send is part of the settlement of the electron in hand: the offset of that electron is stored only after
    /// this output has been delivered too. Await the result to know that it has been delivered. A failure is never
    /// lost: if the value cannot be written, the electron in hand fails, and if the output is not delivered, the
    /// micromodule stops, even if nothing awaits the result. Blocks the calling thread while too much is under way
    /// (50,000 electrons or 16 MiB).
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
            SendScope::Lane(in_hand) => in_hand.get().map_or(SentBy::Lane, SentBy::Electron),
            SendScope::Method(_) | SendScope::Clone => SentBy::Clone,
        };
        let mut outlet = PortOutlet::new(&*self.inner.port, sender, &receipt);
        let mut buffer = Vec::new();
        let mut emitter = Emitter::new(&mut outlet, &self.inner.outputs, &mut buffer);
        if let Err(failure) = value.emit(&mut emitter) {
            let shown = receipt.refuse(failure);
            match &self.standing {
                SendScope::Lane(keeps) | SendScope::Method(keeps) => keeps.fail(shown),
                SendScope::Clone => tracing::error!("a send failed: {shown}"),
            }
        }
        Delivery::new(receipt)
    }

    /// Keeps the electron in hand open for something other than an output, such as a write to a store that goes on when
    /// the function has returned: its offset is committed only after the hold was released. Several holds of one electron
    /// are all waited for.
    ///
    /// ```
    /// # use catenae::prelude::*;
    /// # async fn write(_: String) -> Result<(), std::io::Error> { Ok(()) }
    /// #[catenae::link(input = "lines", main = false)]
    /// fn keeper(ctx: &Context, line: String) {
    ///     let hold = ctx.hold();
    ///     ctx.spawn(async move {
    ///         match write(line).await {
    ///             Ok(()) => hold.release(),
    ///             Err(error) => hold.fail(error),
    ///         }
    ///     });
    /// }
    /// ```
    ///
    /// With `order = sync` the next electron waits for the release. A stop and a rebalance wait for it as they wait for
    /// outputs; what is still held at their end is read again. Where no electron is in hand (in a source, in `setup`
    /// and `finish`, in a method, in a clone of the context) it holds nothing. Under exactly-once the electron fails:
    /// Kafka's transaction cannot wait for anything else.
    pub fn hold(&self) -> Hold {
        let SendScope::Lane(in_hand) = &self.standing else {
            return Hold::new(None);
        };
        let Some(slot) = in_hand.get() else {
            return Hold::new(None);
        };
        if !self.inner.port.hold(slot) {
            let why = "exactly-once waits for nothing but Kafka: an electron cannot be held";
            in_hand.fail(Failure::new(FailureKind::Held, why));
            return Hold::new(None);
        }
        Hold::new(Some((Arc::clone(&self.inner.port), slot)))
    }

    /// Adds an input stream, with the lowest priority; nothing happens when it is one already, or
    /// when the link is a source. It is created when it is missing; when that fails the micromodule
    /// stops.
    pub fn add_input(&self, stream: impl Into<StreamName>) {
        self.inner
            .port
            .change_inputs(InputChange::Add(stream.into()));
    }

    /// Removes an input stream; electrons of it that are in hand are finished first. Does nothing if the stream is not
    /// an input.
    pub fn remove_input(&self, stream: impl Into<StreamName>) {
        self.inner
            .port
            .change_inputs(InputChange::Remove(stream.into()));
    }

    /// The live instances of all micromodules that can be called, by class and uid: those that have
    /// announced themselves and were heard of since. None with `--rpc off`.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        self.inner.transport.instances()
    }

    /// Stops this micromodule in order, with exit status 0; `reason` goes to its log. Returns at once:
    /// the electron in hand is finished and settled.
    pub fn stop(&self, reason: impl Into<String>) {
        self.inner.instance.stop(StopReason::Asked(reason.into()));
    }

    /// Whether the micromodule is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.inner.instance.is_stopping()
    }

    /// Waits until the micromodule stops: the signal to end for a task of its own.
    pub async fn stopped(&self) {
        self.inner.instance.stopped().await;
    }

    /// The partitions of the input streams that have something to be read and have stood still for
    /// longer than the stall timeout (30 s), each with what it waits for. It is looked up once a
    /// second; a task of one's own may ask for it through a clone. A source has none.
    ///
    /// The log says the same, when a stall begins, at doubling times, and when it is over.
    #[must_use]
    pub fn stalls(&self) -> Vec<Stall> {
        self.inner.stalls.stalls()
    }

    /// Runs a task beside the link; give it a clone of the context and let it end at
    /// [`stopped`](Self::stopped). It is not waited for at the end: what still runs then is cancelled.
    ///
    /// The micromodule depends on it: when it panics, or ends with an error, the micromodule stops with
    /// exit status 1, and the error names the line of this call and the place of the panic. `finish`
    /// runs, and what is settled is committed. A task that is cancelled has not failed.
    ///
    /// [`spawn_isolated`](Self::spawn_isolated) is for a task that may fail alone. What the runtime
    /// itself spawns (`tokio::spawn`) and threads of your own (`std::thread::spawn`) are not watched
    /// over: a panic there is a line on standard error, and an error to whoever joins them.
    #[track_caller]
    pub fn spawn<F>(&self, task: F) -> JoinHandle<()>
    where
        F: Future + Send + 'static,
        F::Output: TaskEnd,
    {
        let overseer = Overseer {
            spawned: Location::caller(),
            instance: Arc::clone(&self.inner.instance),
        };
        self.inner.runtime.spawn(Watched::new(task, overseer))
    }

    /// Runs a task whose outcome only its handle sees: a value, an error or a panic does not touch the
    /// micromodule.
    pub fn spawn_isolated<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.inner.runtime.spawn(task)
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        self.inner.beside()
    }
}
