//! What each parameter of a link's function is: the message, the state or the context.

use std::marker::PhantomData;

use super::Type;
use crate::codec::Message;
use crate::context::Context;
use crate::outcome::{Failure, FailureKind};
use crate::record::Record;
use crate::stream::{ReadsFrom, Stream, WritesTo};

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
    /// The message's type.
    fn message() -> Option<&'static str> {
        None
    }
}

impl Role for () {
    type State = NoState;
    type Message = No;
}

impl<A: Role, B: Role> Role for (A, B) {
    type State = <A::State as Slot>::Or<B::State>;
    type Message = <A::Message as Flag>::Or<B::Message>;
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

copies!(Value, Exclusive, Shared, Borrowed: ?Sized, Unsized: ?Sized);

impl Role for Contextual {
    type State = NoState;
    type Message = No;
}

impl<T> Role for Value<T> {
    type State = NoState;
    type Message = Yes;
    fn message() -> Option<&'static str> {
        Some(Type::<T>::new().name())
    }
}

impl<T: 'static> Role for Exclusive<T> {
    type State = HasState<T>;
    type Message = No;
}

impl<T: 'static> Role for Shared<T> {
    type State = HasState<T>;
    type Message = No;
}

impl<T: ?Sized> Role for Borrowed<T> {
    type State = NoState;
    type Message = Yes;
    fn message() -> Option<&'static str> {
        Some(Type::<&T>::new().name())
    }
}

// It counts as a message, so that a missing one is not reported beside it.
impl<T: ?Sized> Role for Unsized<T> {
    type State = NoState;
    type Message = Yes;
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

// Each of these bounds is asked of what an argument brings, not of what is known before: otherwise
// the compiler answers too early, and says `_` in place of the type.

/// Whether what `setup` made is the state of the link.
#[diagnostic::on_unimplemented(
    message = "`setup` makes `{Self}`, which is not the state of this link",
    label = "makes `{Self}`",
    note = "the state is the type behind `&mut T` or `&T` among the function's parameters: add \
            such a parameter, or make `setup` return its type, or a `Result` of it"
)]
pub trait KeptIn<L: Slot> {
    /// Takes it.
    fn keep(self) -> L::State;
}

#[diagnostic::do_not_recommend]
impl<S: 'static> KeptIn<HasState<S>> for S {
    fn keep(self) -> S {
        self
    }
}

/// Whether a state `T` can be built without `setup`.
#[diagnostic::on_unimplemented(
    message = "the state `{T}` of this link cannot be built",
    label = "taken as the link's state, which is built by `Default`",
    note = "derive `Default` for it, or name a function that builds it: `setup = path`",
    note = "a reference to anything but `str`, `[u8]` or `catenae::Context` is the link's state; \
            a message is taken by value"
)]
pub trait Builds<T> {}

#[diagnostic::do_not_recommend]
impl<T: Default> Builds<T> for Yes {}

// A link without a message is refused for that; whether its state can be built is not the question.
#[diagnostic::do_not_recommend]
impl<T> Builds<T> for No {}

/// A parameter of an unsized type.
#[diagnostic::on_unimplemented(
    message = "a link cannot take a reference to the unsized type `{Self}`",
    label = "neither a message nor a state",
    note = "a borrowed message is `&str` or `&[u8]`; take another one by value, as `Vec<T>` or \
            `Box<T>`, and a state as a type of known size"
)]
pub trait SizedParameter {}

#[diagnostic::do_not_recommend]
impl<T> SizedParameter for T {}

/// Whether there is a message.
#[diagnostic::on_unimplemented(
    message = "this link has an input but takes no message",
    label = "no parameter is the message",
    note = "a parameter by value is the message, and `&str` and `&[u8]` borrow it; any other \
            reference is the state or the `&Context`",
    note = "to ignore the message write `_: &[u8]`"
)]
pub trait IsMessage {}

#[diagnostic::do_not_recommend]
impl IsMessage for Yes {}

/// Whether one parameter and another are both the message.
#[diagnostic::on_unimplemented(
    message = "a link takes one message, and this is the second",
    label = "another parameter is the message already",
    note = "a parameter by value is the message, and `&str` and `&[u8]` borrow it; a state is \
            written `&mut T` or `&T`"
)]
pub trait IsOnce {}

#[diagnostic::do_not_recommend]
impl IsOnce for No {}

/// Whether a link may have several lanes.
#[diagnostic::on_unimplemented(
    message = "a link with a state runs on one lane",
    label = "several lanes would share the state",
    note = "remove `lanes`, or the parameter that takes the state; to share the work of a link \
            with a state start more instances"
)]
pub trait Stateless {}

#[diagnostic::do_not_recommend]
impl Stateless for NoState {}

/// The state, as a shared parameter sees it.
#[diagnostic::on_unimplemented(
    message = "a link takes one state, and `{T}` is the second",
    label = "another parameter is the state already",
    note = "a reference to anything but `str`, `[u8]` or `catenae::Context` is the link's state; \
            put both into one struct"
)]
pub trait IsState<T> {
    /// The state.
    fn state(&self) -> &T;
}

#[diagnostic::do_not_recommend]
impl<T> IsState<T> for T {
    fn state(&self) -> &T {
        self
    }
}

/// Stands for the state where a parameter takes it exclusively.
pub struct Taken;

/// What the message is read from.
#[diagnostic::on_unimplemented(
    message = "this link takes a message but has no input",
    label = "a message",
    note = "write where it comes from: `#[catenae::link(input = \"…\")]`; a source, which has no \
            input, takes at most a state and the `&Context`"
)]
pub trait IsRecord<'r> {
    /// The record.
    fn record(&self) -> &Record<'r>;
}

#[diagnostic::do_not_recommend]
impl<'r> IsRecord<'r> for Record<'r> {
    fn record(&self) -> &Record<'r> {
        self
    }
}

/// Stands for the record of a source.
pub struct NoRecord;

/// What may be a message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the message of a link",
    label = "cannot be read from a stream",
    note = "a parameter by value is the message: derive `serde::Deserialize` for its type",
    note = "a state is written `&mut T` or `&T`, the context `&Context`"
)]
pub trait Takes<'r>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// A failure of kind `Decode`.
    fn take(record: &Record<'r>) -> Result<Self, Failure>;
}

#[diagnostic::do_not_recommend]
impl<'r, T: Message<'r>> Takes<'r> for T {
    fn take(record: &Record<'r>) -> Result<Self, Failure> {
        T::from_record(record)
    }
}

/// Reads a message by value.
///
/// # Errors
/// A failure of kind `Decode`.
pub fn take<'r, T: Takes<'r>>(record: &Record<'r>) -> Result<T, Failure> {
    T::take(record)
}

/// Asserts that there is a message.
pub fn message<R: Role>(_: Parameters<R>)
where
    R::Message: IsMessage,
{
}

/// Asserts that not both are the message.
pub fn one_message<A: Role, B: Role>(_: (A, B))
where
    <A::Message as Flag>::And<B::Message>: IsOnce,
{
}

/// Asserts that there is no state.
pub fn lanes<R: Role>(_: Parameters<R>)
where
    R::State: Stateless,
{
}

// What each role does with a typed input, with `Default`, and at a call. The state comes as `S`,
// which is `Taken` beside a `&mut` parameter; the record as `R`, which is `NoRecord` in a source.

impl Contextual {
    /// Not read from a stream.
    pub fn reads<X: ?Sized>(self, _: Type<X>) {}

    /// Not the state.
    pub fn defaults<M>(self, _: Type<M>) {}

    /// The context.
    ///
    /// # Errors
    /// None.
    pub fn pick<'h, S, R>(
        self,
        _: &'h S,
        _: &'h R,
        context: &'h Context,
    ) -> Result<&'h Context, Failure> {
        Ok(context)
    }
}

impl<T> Value<T> {
    /// Asserts that the stream carries this message.
    pub fn reads<X: ?Sized, How>(self, _: Type<X>)
    where
        T: ReadsFrom<X, How>,
    {
    }
}

impl<T> Exclusive<T> {
    /// Not read from a stream.
    pub fn reads<X: ?Sized>(self, _: Type<X>) {}

    /// Asserts that the state can be built.
    pub fn defaults<M: Builds<T>>(self, _: Type<M>) {}
}

impl<T> Shared<T> {
    /// Not read from a stream.
    pub fn reads<X: ?Sized>(self, _: Type<X>) {}

    /// Asserts that the state can be built.
    pub fn defaults<M: Builds<T>>(self, _: Type<M>) {}

    /// The state.
    ///
    /// # Errors
    /// None.
    pub fn pick<'h, S: IsState<T>, R>(
        self,
        state: &'h S,
        _: &'h R,
        _: &'h Context,
    ) -> Result<&'h T, Failure> {
        Ok(state.state())
    }
}

impl<T: ?Sized + 'static> Borrowed<T> {
    /// Asserts that the stream carries this message.
    pub fn reads<'r, X: ?Sized, How>(self, _: Type<X>)
    where
        &'r T: ReadsFrom<X, How>,
    {
    }

    /// Not the state.
    pub fn defaults<M>(self, _: Type<M>) {}

    /// The message.
    ///
    /// # Errors
    /// A failure of kind `Decode`.
    pub fn pick<'h, 'r, S, R: IsRecord<'r>>(
        self,
        _: &'h S,
        record: &'h R,
        _: &'h Context,
    ) -> Result<&'r T, Failure>
    where
        &'r T: Message<'r>,
    {
        <&'r T>::from_record(record.record())
    }
}

impl<T: ?Sized> Unsized<T> {
    /// Not read from a stream.
    pub fn reads<X: ?Sized>(self, _: Type<X>) {}

    /// Not the state.
    pub fn defaults<M>(self, _: Type<M>) {}

    /// Refused.
    ///
    /// # Errors
    /// Always; it does not compile.
    pub fn pick<'h, S, R>(self, _: &'h S, _: &'h R, _: &'h Context) -> Result<&'h T, Failure>
    where
        T: SizedParameter,
    {
        let message = format!("`&{}` is not a parameter of a link", self.0.name());
        Err(Failure::new(FailureKind::Decode, message))
    }
}

// What a typed stream carries.

/// What a constant that is no stream carries; that it is none was said where it is described.
pub enum Unknown {}

/// The way in which everything fits.
pub struct Unasked;

impl<M> ReadsFrom<Unknown, Unasked> for M {}
impl<I> WritesTo<Unknown, Unasked> for I {}

/// Answers for streams.
pub trait StreamOf<T: ?Sized> {
    /// What it carries.
    fn carries(&self) -> Type<T> {
        Type::new()
    }
}

impl<T: ?Sized> StreamOf<T> for &Type<Stream<T>> {}

/// Answers for anything else.
pub trait NoStream {
    /// Nothing is known.
    fn carries(&self) -> Type<Unknown> {
        Type::new()
    }
}

impl<S> NoStream for Type<S> {}

/// What a typed stream carries.
#[doc(hidden)]
#[macro_export]
macro_rules! __carries {
    ($stream:path) => {{
        use $crate::__private::probe::{NoStream as _, StreamOf as _};
        (&&$crate::__private::probe::Type::of(&$stream)).carries()
    }};
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
