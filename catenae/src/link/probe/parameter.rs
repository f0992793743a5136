//! What each parameter of a link's function is: the message, the state or the context.

use std::marker::PhantomData;

use super::Type;
use super::rule::KeptIn;
use crate::context::Context;
use crate::copies::copies;

/// Whether there is a message among some parameters.
pub trait Flag {
    /// Whether there is one here or there.
    type Or<O: Flag>: Flag;
    /// Whether there is one here and there.
    type And<O: Flag>: Flag;
}

/// There is one.
#[derive(Clone, Copy)]
pub struct Yes;

/// There is none.
#[derive(Clone, Copy)]
pub struct No;

impl Flag for Yes {
    type Or<O: Flag> = Yes;
    type And<O: Flag> = O;
}

impl Flag for No {
    type Or<O: Flag> = O;
    type And<O: Flag> = No;
}

/// The state among some parameters.
pub trait Slot {
    /// The first state, of this and another.
    type Or<O: Slot>: Slot;
    /// The type of the state; `()` where there is none.
    type State: 'static;
    /// The name of the type, where there is one.
    fn name() -> Option<&'static str>;
}

/// No parameter takes a state.
pub struct NoState;

/// A parameter takes the state `S`.
pub struct HasState<S>(PhantomData<fn() -> S>);

impl Slot for NoState {
    type Or<O: Slot> = O;
    type State = ();
    fn name() -> Option<&'static str> {
        None
    }
}

impl<S: 'static> Slot for HasState<S> {
    type Or<O: Slot> = Self;
    type State = S;
    fn name() -> Option<&'static str> {
        Some(Type::<S>::new().name())
    }
}

/// What one parameter is, or a chain of them: `(first, (second, ()))`.
pub trait Role: Copy {
    /// The state, if it is that.
    type State: Slot;
    /// Whether it is the message.
    type Message: Flag;
    /// Whether it is the context.
    type Context: Flag;
    /// The message's type.
    fn message() -> Option<&'static str> {
        None
    }
}

impl Role for () {
    type State = NoState;
    type Message = No;
    type Context = No;
}

impl<A: Role, B: Role> Role for (A, B) {
    type State = <A::State as Slot>::Or<B::State>;
    type Message = <A::Message as Flag>::Or<B::Message>;
    type Context = <A::Context as Flag>::Or<B::Context>;
    fn message() -> Option<&'static str> {
        A::message().or_else(B::message)
    }
}

/// `&Context`.
#[derive(Clone, Copy)]
pub struct Contextual;

/// A parameter by value: the message.
pub struct Value<T>(Type<T>);

/// `&mut T`: the state.
pub struct Exclusive<T>(Type<T>);

/// `&T` where `T` is nothing else: the state, shared.
pub struct Shared<T>(Type<T>);

/// `&str` or `&[u8]`: the message, borrowed.
pub struct Borrowed<T: ?Sized>(Type<T>);

/// `&T` where `T` is unsized and nothing else: refused.
pub struct Unsized<T: ?Sized>(Type<T>);

copies!(Value, Exclusive, Shared, Borrowed: ?Sized, Unsized: ?Sized);

impl Role for Contextual {
    type State = NoState;
    type Message = No;
    type Context = Yes;
}

impl<T> Role for Value<T> {
    type State = NoState;
    type Message = Yes;
    type Context = No;
    fn message() -> Option<&'static str> {
        Some(Type::<T>::new().name())
    }
}

impl<T: 'static> Role for Exclusive<T> {
    type State = HasState<T>;
    type Message = No;
    type Context = No;
}

impl<T: 'static> Role for Shared<T> {
    type State = HasState<T>;
    type Message = No;
    type Context = No;
}

impl<T: ?Sized> Role for Borrowed<T> {
    type State = NoState;
    type Message = Yes;
    type Context = No;
    fn message() -> Option<&'static str> {
        Some(Type::<&T>::new().name())
    }
}

// It counts as a message and as the context, so that a missing one is not reported beside it.
impl<T: ?Sized> Role for Unsized<T> {
    type State = NoState;
    type Message = Yes;
    type Context = Yes;
}

/// A parameter by value.
#[must_use]
pub fn value<T>() -> Value<T> {
    Value(Type::new())
}

/// A parameter `&mut T`.
#[must_use]
pub fn exclusive<T>() -> Exclusive<T> {
    Exclusive(Type::new())
}

/// A parameter `&T`, which may be three things; `role` says which.
pub struct Ref<T: ?Sized>(Type<T>);

impl<T: ?Sized> Ref<T> {
    /// The question.
    #[must_use]
    pub const fn new() -> Self {
        Self(Type::new())
    }
}

impl<T: ?Sized> Default for Ref<T> {
    fn default() -> Self {
        Self::new()
    }
}

// Inherent methods win over those of traits, and by-value methods over those by reference.
impl Ref<Context> {
    /// The context.
    #[must_use]
    pub fn role(self) -> Contextual {
        Contextual
    }
}

impl Ref<str> {
    /// The message as text.
    #[must_use]
    pub fn role(self) -> Borrowed<str> {
        Borrowed(self.0)
    }
}

impl Ref<[u8]> {
    /// The message as bytes.
    #[must_use]
    pub fn role(self) -> Borrowed<[u8]> {
        Borrowed(self.0)
    }
}

/// Answers for any other sized type.
pub trait SizedRole<T> {
    /// A shared state.
    fn role(self) -> Shared<T>;
}

impl<T> SizedRole<T> for Ref<T> {
    fn role(self) -> Shared<T> {
        Shared(self.0)
    }
}

/// Answers for any other type.
pub trait OtherRole<T: ?Sized> {
    /// Refused.
    fn role(&self) -> Unsized<T>;
}

impl<T: ?Sized> OtherRole<T> for Ref<T> {
    fn role(&self) -> Unsized<T> {
        Unsized(self.0)
    }
}

/// The parameters of a function.
pub struct Parameters<R>(PhantomData<fn() -> R>);

impl<R> Clone for Parameters<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Parameters<R> {}

/// Puts the roles of a function's parameters together.
pub fn parameters<R: Role>(_: R) -> Parameters<R> {
    Parameters(PhantomData)
}

impl<R: Role> Parameters<R> {
    /// The state's type.
    #[must_use]
    pub fn state(self) -> Type<<R::State as Slot>::State> {
        Type::new()
    }

    /// The state's name.
    pub(crate) fn state_name(self) -> Option<&'static str> {
        R::State::name()
    }

    /// The message's name.
    pub(crate) fn message_name(self) -> Option<&'static str> {
        R::message()
    }

    /// Whether there is a message.
    #[must_use]
    pub fn messages(self) -> Type<R::Message> {
        Type::new()
    }

    /// Takes what `setup` made.
    pub fn keep<V: KeptIn<R::State>>(self, made: V) -> <R::State as Slot>::State {
        made.keep()
    }
}

/// What a parameter `&T` is.
#[doc(hidden)]
#[macro_export]
macro_rules! __role {
    ($($type:tt)*) => {{
        use $crate::__private::probe::{OtherRole as _, SizedRole as _};
        $crate::__private::probe::Ref::<$($type)*>::new().role()
    }};
}
