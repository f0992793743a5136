//! How a described link is run: the erased form that the engine drives.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::args::ArgsSpec;
use crate::context::Context;
use crate::emit::Emitter;
use crate::link::probe::{Parameters, Role, Silent, Slot, Type};
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;

/// A running link on its lane: state plus function. Built, called and finished on one thread.
pub trait Runner {
    /// Handles one electron.
    ///
    /// # Errors
    /// What went wrong; a panic of the user's function comes through as a panic.
    fn step(&mut self, record: Record<'_>, emitter: &mut Emitter<'_>) -> Result<(), Failure>;

    /// Calls a source once and sends everything it yields, until it ends or the emitter says that
    /// the micromodule is stopping.
    ///
    /// # Errors
    /// What went wrong.
    fn produce(&mut self, emitter: &mut Emitter<'_>) -> Result<(), Failure>;

    /// Lends the state to `borrower`, between two electrons, with the context of the lane.
    fn lend(&mut self, borrower: &mut dyn FnMut(&mut dyn Any, &Context));

    /// Runs the user's `finish`, if there is one.
    ///
    /// # Errors
    /// What it returned.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// What opens a runner on its lane: the user's `setup`, or `Default`.
pub type Open = Box<dyn Fn(&Context) -> Result<Box<dyn Runner>, Failure> + Send + Sync>;

/// Everything the engine needs to run a link.
pub struct Wiring {
    /// Builds the state and the runner, on the lane's own thread.
    pub open: Open,
    /// Whether the function takes a message: sources do not.
    pub takes_message: bool,
    /// The types of the function, for `describe`.
    pub types: TypeNames,
    /// The user's own arguments.
    pub args: ArgsSpec,
}

impl Wiring {
    /// The same link, with arguments of the user's own.
    #[must_use]
    pub fn args(self, args: ArgsSpec) -> Self {
        Self { args, ..self }
    }
}

/// The names of the types a link's function is made of, as the compiler writes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeNames {
    /// What it takes; `None` for a source.
    pub message: Option<&'static str>,
    /// The items it returns; `()` where it returns nothing.
    pub output: &'static str,
    /// Its state; `None` without one.
    pub state: Option<&'static str>,
}

/// When a function's items end before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Never: everything that an input gave is sent.
    Exhausted,
    /// When the micromodule is asked to stop.
    Stopped,
}

/// Where the results of one call go.
pub struct Out<'o, 'e> {
    /// The micromodule.
    pub context: &'o Context,
    /// The way out.
    pub emitter: &'o mut Emitter<'e>,
    until: Until,
}

impl Out<'_, '_> {
    /// Whether no further item is wanted.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.until == Until::Stopped && self.emitter.stopping()
    }

    /// Awaits a future of the function; `None` when it belongs to a source, and the micromodule is
    /// asked to stop while it is pending: then it is dropped.
    pub fn wait<F: Future>(&self, future: F) -> Option<F::Output> {
        match self.until {
            Until::Exhausted => Some(self.context.inner().block_on(future)),
            // A block, so that the future is dropped on the runtime, too, which some need.
            Until::Stopped => self.context.inner().block_on(async move {
                let (mut future, mut stopped) = (pin!(future), pin!(self.context.stopped()));
                poll_fn(|task| {
                    // What is ready is never dropped, so the future comes first.
                    if let Poll::Ready(output) = future.as_mut().poll(task) {
                        return Poll::Ready(Some(output));
                    }
                    stopped.as_mut().poll(task).map(|()| None)
                })
                .await
            }),
        }
    }
}

/// The state of a link whose parameters have the roles `R`.
type StateOf<R> = <<R as Role>::State as Slot>::State;

/// The wiring of a link with an input: `step` is the function, with its message decoded and its
/// result sent.
pub fn link<R: Role + 'static, I, O, C, F>(
    parameters: Parameters<R>,
    output: Type<I>,
    open: O,
    step: C,
    finish: F,
) -> Wiring
where
    O: Fn(&Context) -> Result<StateOf<R>, Failure> + Send + Sync + 'static,
    C: Fn(&mut StateOf<R>, Record<'_>, &mut Out<'_, '_>) -> Result<(), Failure>,
    C: Copy + Send + Sync + 'static,
    F: Fn(StateOf<R>, &Context) -> Result<(), Failure> + Copy + Send + Sync + 'static,
{
    Wiring {
        open: Box::new(move |context| {
            Ok(Box::new(Stepper {
                state: open(context)?,
                context: context.on_this_lane(),
                step,
                finish,
            }))
        }),
        takes_message: true,
        types: types(parameters, output),
        args: ArgsSpec::none(),
    }
}

/// The wiring of a link without an input: `produce` is the function, with its result sent.
pub fn source<R: Role + 'static, I, O, C, F>(
    parameters: Parameters<R>,
    output: Type<I>,
    open: O,
    produce: C,
    finish: F,
) -> Wiring
where
    O: Fn(&Context) -> Result<StateOf<R>, Failure> + Send + Sync + 'static,
    C: Fn(&mut StateOf<R>, &mut Out<'_, '_>) -> Result<(), Failure> + Copy + Send + Sync + 'static,
    F: Fn(StateOf<R>, &Context) -> Result<(), Failure> + Copy + Send + Sync + 'static,
{
    Wiring {
        open: Box::new(move |context| {
            Ok(Box::new(Producer {
                state: open(context)?,
                context: context.on_this_lane(),
                produce,
                finish,
            }))
        }),
        takes_message: false,
        types: types(parameters, output),
        args: ArgsSpec::none(),
    }
}

/// The `finish` of a link that names none.
///
/// # Errors
/// None.
pub fn unfinished<S>(_: S, _: &Context) -> Result<(), Failure> {
    Ok(())
}

fn types<R: Role, I>(parameters: Parameters<R>, output: Type<I>) -> TypeNames {
    TypeNames {
        message: parameters.message_name(),
        output: if output.name() == Type::<Silent>::new().name() {
            "()"
        } else {
            output.name()
        },
        state: parameters.state_name(),
    }
}

/// A link with an input, on its lane.
struct Stepper<S, C, F> {
    state: S,
    context: Context,
    step: C,
    finish: F,
}

impl<S: 'static, C, F> Runner for Stepper<S, C, F>
where
    C: Fn(&mut S, Record<'_>, &mut Out<'_, '_>) -> Result<(), Failure>,
    F: Fn(S, &Context) -> Result<(), Failure>,
{
    fn step(&mut self, record: Record<'_>, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        let mut out = Out {
            context: &self.context,
            emitter,
            until: Until::Exhausted,
        };
        (self.step)(&mut self.state, record, &mut out)
    }

    fn produce(&mut self, _: &mut Emitter<'_>) -> Result<(), Failure> {
        let message = "a link with an input is called with electrons only";
        Err(Failure::new(FailureKind::Lifecycle, message))
    }

    fn lend(&mut self, borrower: &mut dyn FnMut(&mut dyn Any, &Context)) {
        borrower(&mut self.state, &self.context);
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        (self.finish)(self.state, &self.context)
    }
}

/// A source, on its lane.
struct Producer<S, C, F> {
    state: S,
    context: Context,
    produce: C,
    finish: F,
}

impl<S: 'static, C, F> Runner for Producer<S, C, F>
where
    C: Fn(&mut S, &mut Out<'_, '_>) -> Result<(), Failure>,
    F: Fn(S, &Context) -> Result<(), Failure>,
{
    fn step(&mut self, _: Record<'_>, _: &mut Emitter<'_>) -> Result<(), Failure> {
        let message = "a source takes no electron";
        Err(Failure::new(FailureKind::Lifecycle, message))
    }

    fn produce(&mut self, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        let mut out = Out {
            context: &self.context,
            emitter,
            until: Until::Stopped,
        };
        (self.produce)(&mut self.state, &mut out)
    }

    fn lend(&mut self, borrower: &mut dyn FnMut(&mut dyn Any, &Context)) {
        borrower(&mut self.state, &self.context);
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        (self.finish)(self.state, &self.context)
    }
}
