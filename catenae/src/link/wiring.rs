//! How a described link is run: the erased form that the engine drives.

use crate::cli::ArgsSpec;
use crate::context::Context;
use crate::link::emitter::Emitter;
use crate::outcome::Failure;
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

/// The names of the types a link's function is made of, as the compiler writes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeNames {
    /// What it takes; `None` for a source.
    pub message: Option<&'static str>,
    /// What it returns.
    pub output: &'static str,
    /// Its state; `None` without one.
    pub state: Option<&'static str>,
}
