//! What each parameter of a method is, asked of the compiler: the state, the context or the caller.
//!
//! As `link::probe` does for links, by method resolution; what is left over is an argument by value.

use std::any::{Any, type_name};
use std::marker::PhantomData;

use crate::__private::probe::Type;
use crate::context::Context;
use crate::rpc::caller::Caller;
use crate::rpc::method::{Lent, Method, Served};

pub use crate::rpc::wire::{CrossesNot, CrossesWhole, crosses};

/// What one parameter by reference is, or a chain of them: `(first, (second, ()))`.
pub trait Role: Copy {
    /// The name of the state's type, if it is that.
    fn state() -> Option<&'static str> {
        None
    }

    /// The same, of a value.
    fn state_name(self) -> Option<&'static str> {
        Self::state()
    }
}

impl Role for () {}

impl<A: Role, B: Role> Role for (A, B) {
    fn state() -> Option<&'static str> {
        A::state().or_else(B::state)
    }
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

impl Contextual {
    /// The context.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l Context {
        lent.context
    }

    /// No state.
    pub fn beside<E: Role>(self, _: E) {}
}

impl Calling {
    /// The caller.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l Caller {
        lent.caller
    }

    /// No state.
    pub fn beside<E: Role>(self, _: E) {}
}

impl<T: 'static> Exclusive<T> {
    /// The state.
    ///
    /// # Panics
    /// When the micromodule lends another one, which the link's expansion has refused.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l mut T {
        let state = lent.state.take().and_then(<dyn Any>::downcast_mut);
        state.expect("a method is lent the state of its link")
    }

    /// Asserts that the earlier parameter is no state.
    pub fn beside<E: LeavesState<T>>(self, _: E) {}
}

impl<T: 'static> Shared<T> {
    /// The state.
    ///
    /// # Panics
    /// When the micromodule lends another one, which the link's expansion has refused.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l T {
        let state = lent.state.take().and_then(<dyn Any>::downcast_mut);
        state.expect("a method is lent the state of its link")
    }

    /// Asserts that the earlier parameter is no state.
    pub fn beside<E: LeavesState<T>>(self, _: E) {}
}

/// Whether a parameter is no state, so that a later one can be, of the type `T`.
#[diagnostic::on_unimplemented(
    message = "an rpc takes one state, that of its link, and `{T}` is the second",
    label = "another parameter is the state already",
    note = "a reference to anything but `Context` or `Caller` is the state; an argument is taken by value"
)]
pub trait LeavesState<T> {}

#[diagnostic::do_not_recommend]
impl<T> LeavesState<T> for Contextual {}

#[diagnostic::do_not_recommend]
impl<T> LeavesState<T> for Calling {}

#[diagnostic::do_not_recommend]
impl<T, U: ?Sized> LeavesState<T> for Unsized<U> {}

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
    pub fn pick<'l>(self, _: &mut Lent<'l>) -> &'l T
    where
        T: SizedParameter,
    {
        unreachable!("a reference to an unsized type is refused")
    }

    /// No state.
    pub fn beside<E: Role>(self, _: E) {}
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

/// Whether a method with a parameter `&Self` fits into a link with the state `S`.
#[diagnostic::on_unimplemented(
    message = "this rpc takes the state `{Self}`, and the state of this link is `{S}`",
    label = "takes another state than the link",
    note = "an rpc takes the state of the link that lists it, or none; a link has the state that its \
            function takes, and `()` is none: add the parameter `state: &mut {Self}` to the link, or list \
            the rpc elsewhere",
    note = "a reference to anything but `Context` or `Caller` is the state, and these two are shared, \
            `&Context` and `&Caller`"
)]
pub trait Fits<S, How> {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsState> for S {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Context {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Caller {}

// Refused where they stand, and not again where the method is listed.
#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for str {}

#[diagnostic::do_not_recommend]
impl<S, T> Fits<S, AsOther> for [T] {}

/// Whether a method fits into a link with the state `S`; implemented by its twin.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an rpc",
    label = "not an rpc",
    note = "an rpc is a function with `#[catenae::rpc]`, and its name is its type"
)]
pub trait FitsLink<S, How>: Method {}

/// A link with the state `S`, which lists methods.
pub struct OfLink<S>(PhantomData<fn() -> S>);

/// A link with this state. The state is known before a method is asked about it: otherwise the compiler
/// takes the method's word for it, and finds types that do not match.
#[must_use]
pub fn of_link<S>(_: Type<S>) -> OfLink<S> {
    OfLink(PhantomData)
}

impl<S> OfLink<S> {
    /// The method `M`, which takes the state of this link or none.
    #[must_use]
    pub fn serves<M: FitsLink<S, How>, How>(&self) -> Served {
        Served::of::<M>()
    }
}

/// The methods of a link.
#[must_use]
pub fn list<const N: usize>(methods: [Served; N]) -> Vec<Served> {
    methods.into()
}

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
        let is_err = outcome.erred(&returned);
        (returned, is_err)
    }};
}
