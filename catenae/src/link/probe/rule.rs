//! What only the compiler can refuse, in the words it shall use: traits with a text, and assertions.

use super::parameter::{Flag, HasState, No, NoState, Parameters, Role, Slot, Yes};
use crate::message::Message;
use crate::outcome::Failure;
use crate::record::Record;

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

/// Whether a link that returns nothing can send anything.
#[diagnostic::on_unimplemented(
    message = "this link has an output and can never send anything to it",
    label = "returns nothing and takes no `&Context`",
    note = "return what is to be sent, or take the `&Context` and call `send`; without either remove \
            the `output`"
)]
pub trait CanSend {}

#[diagnostic::do_not_recommend]
impl CanSend for Yes {}

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
pub fn assert_message<R: Role>(_: Parameters<R>)
where
    R::Message: IsMessage,
{
}

/// Asserts that not both are the message.
pub fn assert_one_message<A: Role, B: Role>(_: (A, B))
where
    <A::Message as Flag>::And<B::Message>: IsOnce,
{
}

/// Asserts that there is the context.
pub fn assert_can_send<R: Role>(_: Parameters<R>)
where
    R::Context: CanSend,
{
}

/// Asserts that there is no state.
pub fn assert_lanes<R: Role>(_: Parameters<R>)
where
    R::State: Stateless,
{
}
