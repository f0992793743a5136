//! Methods: what the attribute says of a function, and the erased form in which a micromodule runs it.

use std::any::{Any, type_name};
use std::collections::BTreeSet;

use serde::Serialize;

use crate::codec::Codec;
use crate::context::Context;
use crate::outcome::{Failure, FailureKind};
use crate::rpc::core::caller::Caller;
use crate::rpc::stub::arguments::Arguments;
use crate::rpc::stub::probe::Role;
use crate::rpc::stub::wire::MethodCodec;

/// What `#[catenae::rpc]` says of a function, without running anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodSpec {
    /// The name of the function.
    pub name: &'static str,
    /// The first paragraph of its documentation; empty without one.
    pub summary: &'static str,
    /// Whether it may run twice for one call: then a call that is not answered is asked again elsewhere.
    pub idempotent: bool,
}

impl MethodSpec {
    /// A method of that name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            summary: "",
            idempotent: false,
        }
    }

    /// Sets the one-line summary.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Says that it may run twice for one call.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }
}

/// A function with `#[catenae::rpc]`; implemented by its twin type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an rpc",
    label = "not an rpc",
    note = "an rpc is a function with `#[catenae::rpc]`, and its name is its type"
)]
pub trait Method: Sized + 'static {
    /// What the attribute says.
    const SPEC: MethodSpec;
    /// What it takes from its caller.
    type Arguments: Arguments;
    /// What it returns; a `Result` crosses whole.
    type Returned: 'static;

    /// How its arguments and what it returns cross. That they can is asserted in the expansion, once and
    /// on the user's own type, so it is no bound here: it would be refused again wherever the method is
    /// listed or called.
    fn wire() -> MethodCodec<Self>;

    /// How to run the function.
    fn handler() -> Handler;
}

/// What a method is given when it runs.
pub struct Lent<'l> {
    /// The state of the link, where the method takes it.
    pub state: Option<&'l mut dyn Any>,
    /// The micromodule.
    pub context: &'l Context,
    /// Who asks.
    pub caller: &'l Caller,
}

/// What came of a method that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The list of the one value it returned, as CBOR.
    pub(crate) value: Vec<u8>,
    /// Whether the value is an `Err`.
    pub(crate) is_err: bool,
}

/// Why a method gave nothing.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// The arguments are not its own.
    Arguments(String),
    /// It ran, and what it returned cannot be written.
    Unwritten(Failure),
}

type RunMethod = Box<dyn Fn(Lent<'_>, &[u8]) -> Result<Ran, NotRun> + Send + Sync>;

/// A method in the form in which a micromodule runs it.
pub struct Handler {
    /// The name of the state's type, where the method takes it: then it runs on the link's lane.
    pub(crate) state: Option<&'static str>,
    /// Whether it may change that state.
    pub(crate) may_change: bool,
    pub(crate) run: RunMethod,
}

impl Handler {
    /// The handler of `M`: `roles` are its parameters by reference, `step` is the function, with its
    /// arguments taken apart and its result settled; it says whether that is an `Err`.
    pub fn new<M: Method>(
        roles: impl Role,
        step: impl Fn(Lent<'_>, Tuple<M>) -> (M::Returned, bool) + Send + Sync + 'static,
    ) -> Self {
        let MethodCodec {
            arguments,
            returned,
        } = M::wire();
        let run = move |lent: Lent<'_>, given: &[u8]| {
            let tuple = (arguments.read)(given)
                .map_err(|error| NotRun::Arguments(format!("{}: {error}", signature::<M>())))?;
            let (value, is_err) = step(lent, tuple);
            let value = (returned.write)(&(value,))
                .map_err(|error| NotRun::Unwritten(Failure::new(FailureKind::Encode, error)))?;
            Ok(Ran { value, is_err })
        };
        Self {
            state: roles.state_name(),
            may_change: roles.may_tear(),
            run: Box::new(run),
        }
    }
}

/// Runs a method once, for tests.
pub fn run_once<M: Method>(
    state: Option<&mut dyn Any>,
    context: &Context,
    caller: &Caller,
    arguments: &impl Serialize,
) -> Result<(M::Returned, bool), String> {
    let given = Codec::Cbor
        .encode(arguments)
        .map_err(|error| error.to_string())?;
    let lent = Lent {
        state,
        context,
        caller,
    };
    let ran = (M::handler().run)(lent, &given.unwrap_or_default());
    let Ran { value, is_err } = ran.map_err(|reason| match reason {
        NotRun::Arguments(text) => text,
        NotRun::Unwritten(failure) => failure.to_string(),
    })?;
    let (returned,) = (M::wire().returned.read)(&value).map_err(|error| error.to_string())?;
    Ok((returned, is_err))
}

type Tuple<M> = <<M as Method>::Arguments as Arguments>::Tuple;

/// What a method takes, in words.
fn signature<M: Method>() -> String {
    let name = M::SPEC.name;
    match M::Arguments::names().as_slice() {
        [] => format!("`{name}` takes no arguments"),
        [one] => format!("`{name}` takes one argument, `{one}`"),
        several => {
            let (count, types) = (several.len(), several.join(", "));
            format!("`{name}` takes {count} arguments, `({types})`")
        }
    }
}

/// A method as a link lists it.
pub struct Served {
    pub(crate) spec: MethodSpec,
    pub(crate) arguments: Vec<&'static str>,
    pub(crate) returned: &'static str,
    pub(crate) handler: Handler,
}

impl Served {
    /// The method `M`.
    #[must_use]
    pub fn of<M: Method>() -> Self {
        Self {
            spec: M::SPEC,
            arguments: M::Arguments::names(),
            returned: type_name::<M::Returned>(),
            handler: M::handler(),
        }
    }
}

/// The first name that several of these methods have: a call could not tell them apart.
pub(crate) fn named_twice<'m>(methods: impl IntoIterator<Item = &'m str>) -> Option<&'m str> {
    let mut known = BTreeSet::new();
    methods.into_iter().find(|name| !known.insert(*name))
}

/// What a link lists under `rpc = […]`; implemented by its twin type, also when it lists nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a link",
    label = "not a link",
    note = "a link is a function with `#[catenae::link(…)]`, and its name is its type"
)]
pub trait Serving {
    /// The class: the name of the link.
    const CLASS: &'static str;

    /// The methods.
    fn methods() -> Vec<Served> {
        Vec::new()
    }
}

/// What a link without methods of its own serves.
#[doc(hidden)]
#[macro_export]
macro_rules! __serving {
    ($link:ty, $class:literal) => {
        impl $crate::__private::Serving for $link {
            const CLASS: &'static str = $class;
        }
    };
}

/// Whether a link serves the method `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve the rpc `{M}`",
    label = "does not list it",
    note = "a link lists its methods in its attribute: `#[catenae::link(…, rpc = [name])]`"
)]
pub trait Serves<M>: Serving {}
