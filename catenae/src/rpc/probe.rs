//! What each parameter of a method is, asked of the compiler: the state, the context or the caller.
//!
//! As `link::probe` does for links, by method resolution; what is left over is an argument by value.

use std::any::{Any, type_name};
use std::marker::PhantomData;

use crate::context::Context;
use crate::rpc::Caller;

/// What one parameter by reference is, or a chain of them: `(first, (second, ()))`.
pub trait Role: Copy {
    /// The name of the state's type, if it is that.
    fn state() -> Option<&'static str> {
        None
    }
}

impl Role for () {}

impl<A: Role, B: Role> Role for (A, B) {
    fn state() -> Option<&'static str> {
        A::state().or_else(B::state)
    }
}

/// The name of the state among these.
pub fn state_of<R: Role>(_: R) -> Option<&'static str> {
    R::state()
}

/// `&Context`.
#[derive(Clone, Copy)]
pub struct Contextual;

/// `&Caller`.
#[derive(Clone, Copy)]
pub struct Calling;

/// `&mut T`: the state.
pub struct Exclusive<T>(PhantomData<fn() -> T>);

/// `&T` where `T` is nothing else: the state, shared.
pub struct Shared<T>(PhantomData<fn() -> T>);

/// `&T` where `T` is unsized: refused.
pub struct Unsized<T: ?Sized>(PhantomData<fn() -> *const T>);

macro_rules! copies {
    ($($name:ident $(: $unsized:tt Sized)?),*) => {$(
        impl<T $(: $unsized Sized)?> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T $(: $unsized Sized)?> Copy for $name<T> {}
    )*};
}

copies!(Exclusive, Shared, Unsized: ?Sized);

impl Role for Contextual {}

impl Role for Calling {}

impl<T: 'static> Role for Exclusive<T> {
    fn state() -> Option<&'static str> {
        Some(type_name::<T>())
    }
}

impl<T: 'static> Role for Shared<T> {
    fn state() -> Option<&'static str> {
        Some(type_name::<T>())
    }
}

impl<T: ?Sized> Role for Unsized<T> {}

/// A parameter `&mut T`.
#[must_use]
pub const fn exclusive<T>() -> Exclusive<T> {
    Exclusive(PhantomData)
}

/// A parameter `&T`, which may be three things; `role` says which.
pub struct Ref<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Ref<T> {
    /// The question.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: ?Sized> Default for Ref<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl Ref<Context> {
    /// The context.
    #[must_use]
    pub fn role(self) -> Contextual {
        Contextual
    }
}

impl Ref<Caller> {
    /// The caller.
    #[must_use]
    pub fn role(self) -> Calling {
        Calling
    }
}

/// Answers for any other sized type.
pub trait SizedRole<T> {
    /// A shared state.
    fn role(self) -> Shared<T>;
}

impl<T> SizedRole<T> for Ref<T> {
    fn role(self) -> Shared<T> {
        Shared(PhantomData)
    }
}

/// Answers for any other type.
pub trait OtherRole<T: ?Sized> {
    /// Refused.
    fn role(&self) -> Unsized<T>;
}

impl<T: ?Sized> OtherRole<T> for Ref<T> {
    fn role(&self) -> Unsized<T> {
        Unsized(PhantomData)
    }
}

/// The state that a method was lent, until a parameter takes it.
pub type State<'l> = Option<&'l mut dyn Any>;

impl Contextual {
    /// The context.
    pub fn pick<'l>(self, _: &mut State<'l>, context: &'l Context, _: &'l Caller) -> &'l Context {
        context
    }
}

impl Calling {
    /// The caller.
    pub fn pick<'l>(self, _: &mut State<'l>, _: &'l Context, caller: &'l Caller) -> &'l Caller {
        caller
    }
}

impl<T: 'static> Exclusive<T> {
    /// The state.
    ///
    /// # Panics
    /// When the micromodule lends another one, which the link's expansion has refused.
    pub fn pick<'l>(self, state: &mut State<'l>, _: &'l Context, _: &'l Caller) -> &'l mut T {
        let state = state.take().and_then(<dyn Any>::downcast_mut);
        state.expect("a method is lent the state of its link")
    }
}

impl<T: 'static> Shared<T> {
    /// The state.
    ///
    /// # Panics
    /// When the micromodule lends another one, which the link's expansion has refused.
    pub fn pick<'l>(self, state: &mut State<'l>, _: &'l Context, _: &'l Caller) -> &'l T {
        let state = state.take().and_then(<dyn Any>::downcast_mut);
        state.expect("a method is lent the state of its link")
    }
}

/// A reference that a method cannot take.
#[diagnostic::on_unimplemented(
    message = "an rpc cannot take a reference to the unsized type `{Self}`",
    label = "neither an argument nor a state",
    note = "arguments are taken by value: write `String` in place of `&str`, `Vec<u8>` in place of `&[u8]`"
)]
pub trait SizedParameter {}

#[diagnostic::do_not_recommend]
impl<T> SizedParameter for T {}

impl<T: ?Sized> Unsized<T> {
    /// Refused.
    ///
    /// # Panics
    /// Always; it does not compile.
    pub fn pick<'l>(self, _: &mut State<'l>, _: &'l Context, _: &'l Caller) -> &'l T
    where
        T: SizedParameter,
    {
        unreachable!("a reference to an unsized type is refused")
    }
}

/// What a parameter `&T` of a method is.
#[doc(hidden)]
#[macro_export]
macro_rules! __rpc_role {
    ($($type:tt)*) => {{
        use $crate::__private::method::{OtherRole as _, SizedRole as _};
        $crate::__private::method::Ref::<$($type)*>::new().role()
    }};
}

// Whether the state that a method takes is that of a link: `How` is found by inference, since a
// context is no state and fits every link.

/// As the state.
pub enum AsState {}

/// As something else.
pub enum AsOther {}

/// Whether a parameter fits into a link with the state `S`.
#[diagnostic::on_unimplemented(
    message = "the state of this link, `{S}`, is not what the rpc takes",
    label = "takes another state than the link",
    note = "an rpc takes the state of the link that lists it, `&mut State` or `&State`, or none; a link \
            has the state that its function takes, so add the parameter there if it has none"
)]
pub trait Fits<S, How> {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsState> for Ref<S> {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Ref<Context> {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Ref<Caller> {}

/// Asserts that a method of a link, `M`, takes the state `S` of that link, or none.
pub fn fits<M: FitsLink<S, How>, S, How>(_: crate::__private::probe::Type<S>) {}

/// Whether all parameters of a method fit into a link with the state `S`; implemented by its twin.
pub trait FitsLink<S, How> {}

/// What a method returned, awaited where it is a future, and whether it is an `Err`.
#[doc(hidden)]
#[macro_export]
macro_rules! __answered {
    ($returned:expr, $context:expr) => {{
        use $crate::__private::probe::{
            IsCertain as _, IsFuture as _, IsReady as _, IsResult as _, Type,
        };
        let returned = $returned;
        let when = (&&Type::of(&returned)).when();
        let returned = when.value(returned, $context);
        let outcome = (&&Type::of(&returned)).outcome();
        let is_err = outcome.is_err(&returned);
        (returned, is_err)
    }};
}
