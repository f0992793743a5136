//! What a parameter by reference is: the state, the context or the caller.

use std::any::{Any, type_name};
use std::marker::PhantomData;

use super::rule::{LeavesState, LentExclusively, SizedParameter};
use crate::context::Context;
use crate::copies::copies;
use crate::rpc::core::caller::Caller;
use crate::rpc::stub::method::Lent;

/// What one parameter by reference is, or a chain of them: `(first, (second, ()))`.
pub trait Role: Copy {
    /// The name of the state's type, if it is that.
    fn state() -> Option<&'static str> {
        None
    }

    /// Whether it may change the state, so that a panic in the middle may tear it.
    fn may_change() -> bool {
        false
    }

    /// The same, of a value.
    fn may_tear(self) -> bool {
        Self::may_change()
    }

    /// The same as `state`, of a value.
    fn state_name(self) -> Option<&'static str> {
        Self::state()
    }
}

impl Role for () {}

impl<A: Role, B: Role> Role for (A, B) {
    fn state() -> Option<&'static str> {
        A::state().or_else(B::state)
    }

    fn may_change() -> bool {
        A::may_change() || B::may_change()
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

/// `&mut T` where `T` is the context or the caller: refused.
pub struct ReadOnly<T>(PhantomData<fn() -> T>);

/// `&T` where `T` is unsized: refused.
pub struct Unsized<T: ?Sized>(PhantomData<fn() -> *const T>);

/// `&mut T` where `T` is unsized: refused.
pub struct UnsizedExclusive<T: ?Sized>(PhantomData<fn() -> *const T>);

copies!(Exclusive, Shared, ReadOnly, Unsized: ?Sized, UnsizedExclusive: ?Sized);

impl Role for Contextual {}

impl Role for Calling {}

impl<T: 'static> Role for Exclusive<T> {
    fn state() -> Option<&'static str> {
        Some(type_name::<T>())
    }

    fn may_change() -> bool {
        true
    }
}

impl<T: 'static> Role for Shared<T> {
    fn state() -> Option<&'static str> {
        Some(type_name::<T>())
    }
}

impl<T> Role for ReadOnly<T> {}

impl<T: ?Sized> Role for Unsized<T> {}

impl<T: ?Sized> Role for UnsizedExclusive<T> {}

/// A parameter `&T`, which may be three things, as `role` says, or `&mut T`, as `exclusive` says.
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

    /// Refused.
    #[must_use]
    pub fn exclusive(self) -> ReadOnly<Context> {
        ReadOnly(PhantomData)
    }
}

impl Ref<Caller> {
    /// The caller.
    #[must_use]
    pub fn role(self) -> Calling {
        Calling
    }

    /// Refused.
    #[must_use]
    pub fn exclusive(self) -> ReadOnly<Caller> {
        ReadOnly(PhantomData)
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

/// Answers for any other sized type behind `&mut`.
pub trait SizedExclusive<T> {
    /// The state.
    fn exclusive(self) -> Exclusive<T>;
}

impl<T> SizedExclusive<T> for Ref<T> {
    fn exclusive(self) -> Exclusive<T> {
        Exclusive(PhantomData)
    }
}

/// Answers for any other type behind `&mut`.
pub trait OtherExclusive<T: ?Sized> {
    /// Refused.
    fn exclusive(&self) -> UnsizedExclusive<T>;
}

impl<T: ?Sized> OtherExclusive<T> for Ref<T> {
    fn exclusive(&self) -> UnsizedExclusive<T> {
        UnsizedExclusive(PhantomData)
    }
}

impl Contextual {
    /// The context.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l Context {
        lent.context
    }

    /// No state.
    pub fn assert_beside<E: Role>(self, _: E) {}
}

impl Calling {
    /// The caller.
    pub fn pick<'l>(self, lent: &mut Lent<'l>) -> &'l Caller {
        lent.caller
    }

    /// No state.
    pub fn assert_beside<E: Role>(self, _: E) {}
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
    pub fn assert_beside<E: LeavesState<T>>(self, _: E) {}
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
    pub fn assert_beside<E: LeavesState<T>>(self, _: E) {}
}

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
    pub fn assert_beside<E: Role>(self, _: E) {}
}

impl<T> ReadOnly<T> {
    /// Refused.
    ///
    /// # Panics
    /// Always; it does not compile.
    pub fn pick<'l>(self, _: &mut Lent<'l>) -> &'l mut T
    where
        T: LentExclusively,
    {
        unreachable!("what is read only is not lent exclusively")
    }

    /// No state.
    pub fn assert_beside<E: Role>(self, _: E) {}
}

impl<T: ?Sized> UnsizedExclusive<T> {
    /// Refused.
    ///
    /// # Panics
    /// Always; it does not compile.
    pub fn pick<'l>(self, _: &mut Lent<'l>) -> &'l mut T
    where
        T: SizedParameter,
    {
        unreachable!("a reference to an unsized type is refused")
    }

    /// No state.
    pub fn assert_beside<E: Role>(self, _: E) {}
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

/// What a parameter `&mut T` of a method is.
#[doc(hidden)]
#[macro_export]
macro_rules! __rpc_exclusive {
    ($($type:tt)*) => {{
        use $crate::__private::method::{OtherExclusive as _, SizedExclusive as _};
        $crate::__private::method::Ref::<$($type)*>::new().exclusive()
    }};
}
