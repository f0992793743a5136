//! Methods: what the attribute says of a function, and the erased form in which a micromodule runs it.

use std::any::{Any, type_name};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::Codec;
use crate::context::Context;
use crate::outcome::Failure;
use crate::rpc::Caller;

/// What may cross between micromodules: an argument or a result of a method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between micromodules",
    label = "cannot be written to a stream and read from it by another program",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it; it holds no references and can be \
            sent between threads"
)]
pub trait Crosses: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Crosses for T {}

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
    type Returned: Crosses;

    /// How to run the function.
    fn handler() -> Handler;
}

/// The arguments of a method: [`Nothing`], [`One`] or [`Many`].
pub trait Arguments: 'static {
    /// What crosses: a list with one item for each argument.
    type Tuple: Crosses;
    /// How many there are.
    const COUNT: usize;

    /// The names of their types, as the compiler writes them.
    fn names() -> Vec<&'static str>;
}

/// A method takes nothing from its caller.
#[derive(Debug)]
pub enum Nothing {}

/// A method takes one argument.
#[derive(Debug)]
pub struct One<T>(std::marker::PhantomData<fn() -> T>);

/// A method takes several arguments, the tuple `T`.
#[derive(Debug)]
pub struct Many<T>(std::marker::PhantomData<fn() -> T>);

impl Arguments for Nothing {
    // Serde's list of none; `()` would be null.
    type Tuple = [u8; 0];
    const COUNT: usize = 0;

    fn names() -> Vec<&'static str> {
        Vec::new()
    }
}

impl<T: Crosses> Arguments for One<T> {
    type Tuple = (T,);
    const COUNT: usize = 1;

    fn names() -> Vec<&'static str> {
        vec![type_name::<T>()]
    }
}

/// Whether a value may be given as the argument `T` of a method.
#[diagnostic::on_unimplemented(
    message = "this rpc takes `{T}`, and `{Self}` is not that",
    label = "expected `{T}`, found `{Self}`",
    note = "the arguments of a call are those of the function: none is `()`, one is the value itself, \
            several are a tuple"
)]
pub trait Argument<T> {
    /// As the argument.
    fn argument(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> Argument<T> for T {
    fn argument(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl Argument<String> for &str {
    fn argument(self) -> String {
        self.to_owned()
    }
}

/// Whether a value may be given as all the arguments of a method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not the arguments of this rpc",
    label = "not its arguments",
    note = "the arguments of a call are those of the function: none is `()`, one is the value itself, \
            several are a tuple"
)]
pub trait Fills<A: Arguments> {
    /// As the arguments.
    fn fill(self) -> A::Tuple;
}

#[diagnostic::do_not_recommend]
impl Fills<Nothing> for () {
    fn fill(self) -> [u8; 0] {
        []
    }
}

#[diagnostic::do_not_recommend]
impl<T: Crosses, U: Argument<T>> Fills<One<T>> for U {
    fn fill(self) -> (T,) {
        (self.argument(),)
    }
}

macro_rules! many {
    ($count:literal: $($ty:ident $given:ident $at:tt),+) => {
        impl<$($ty: Crosses),+> Arguments for Many<($($ty,)+)> {
            type Tuple = ($($ty,)+);
            const COUNT: usize = $count;

            fn names() -> Vec<&'static str> {
                vec![$(type_name::<$ty>()),+]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($ty: Crosses, $given: Argument<$ty>),+> Fills<Many<($($ty,)+)>> for ($($given,)+) {
            fn fill(self) -> ($($ty,)+) {
                ($(self.$at.argument(),)+)
            }
        }
    };
}

many!(2: A X 0, B Y 1);
many!(3: A X 0, B Y 1, C Z 2);
many!(4: A X 0, B Y 1, C Z 2, D W 3);
many!(5: A X 0, B Y 1, C Z 2, D W 3, E V 4);
many!(6: A X 0, B Y 1, C Z 2, D W 3, E V 4, F U 5);

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

type Run = Box<dyn Fn(Lent<'_>, &[u8]) -> Result<Ran, NotRun> + Send + Sync>;

/// A method in the form in which a micromodule runs it.
pub struct Handler {
    /// The name of the state's type, where the method takes it: then it runs on the link's lane.
    pub(crate) state: Option<&'static str>,
    pub(crate) run: Run,
}

impl Handler {
    /// The handler of `M`: `step` is the function, with its arguments taken apart and its result
    /// settled; it says whether that is an `Err`.
    pub fn new<M, F>(state: Option<&'static str>, step: F) -> Self
    where
        M: Method,
        F: Fn(Lent<'_>, <M::Arguments as Arguments>::Tuple) -> (M::Returned, bool),
        F: Send + Sync + 'static,
    {
        let run = move |lent: Lent<'_>, arguments: &[u8]| {
            let tuple = Codec::Cbor.decode(Some(arguments)).map_err(|error| {
                let (name, count) = (M::SPEC.name, M::Arguments::COUNT);
                let takes = M::Arguments::names().join(", ");
                NotRun::Arguments(format!("`{name}` takes {count}: ({takes}); {error}"))
            })?;
            let (returned, is_err) = step(lent, tuple);
            let value = Codec::Cbor.encode(&(returned,)).map_err(|error| {
                NotRun::Unwritten(Failure::new(crate::outcome::FailureKind::Encode, error))
            })?;
            let value = value.unwrap_or_default();
            Ok(Ran { value, is_err })
        };
        Self {
            state,
            run: Box::new(run),
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
    fn methods() -> Vec<Served>;
}

/// Whether a link serves the method `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve the rpc `{M}`",
    label = "does not list it",
    note = "a link lists its methods in its attribute: `#[catenae::link(…, rpc = [name])]`"
)]
pub trait Serves<M>: Serving {}
