//! What each role brings to a call, and what it is asked before.
//!
//! The state comes as `S`, which is `Taken` beside a `&mut` parameter; the record as `R`, which is
//! `NoRecord` in a source.

use super::Type;
use super::parameter::{Borrowed, Contextual, Exclusive, Shared, Unsized, Value};
use super::rule::{Builds, IsRecord, IsState, SizedParameter};
use crate::context::Context;
use crate::message::Message;
use crate::message::fits::ReadsFrom;
use crate::outcome::{Failure, FailureKind};

impl Contextual {
    /// Not read from a stream.
    pub fn assert_reads<X: ?Sized>(self, _: Type<X>) {}

    /// Not the state.
    pub fn assert_defaults<M>(self, _: Type<M>) {}

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
    pub fn assert_reads<X: ?Sized, How>(self, _: Type<X>)
    where
        T: ReadsFrom<X, How>,
    {
    }
}

impl<T> Exclusive<T> {
    /// Not read from a stream.
    pub fn assert_reads<X: ?Sized>(self, _: Type<X>) {}

    /// Asserts that the state can be built.
    pub fn assert_defaults<M: Builds<T>>(self, _: Type<M>) {}
}

impl<T> Shared<T> {
    /// Not read from a stream.
    pub fn assert_reads<X: ?Sized>(self, _: Type<X>) {}

    /// Asserts that the state can be built.
    pub fn assert_defaults<M: Builds<T>>(self, _: Type<M>) {}

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
    pub fn assert_reads<'r, X: ?Sized, How>(self, _: Type<X>)
    where
        &'r T: ReadsFrom<X, How>,
    {
    }

    /// Not the state.
    pub fn assert_defaults<M>(self, _: Type<M>) {}

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
    pub fn assert_reads<X: ?Sized>(self, _: Type<X>) {}

    /// Not the state.
    pub fn assert_defaults<M>(self, _: Type<M>) {}

    /// Refused.
    ///
    /// # Errors
    /// Always; it does not compile.
    pub fn pick<'h, S, R>(self, _: &'h S, _: &'h R, _: &'h Context) -> Result<&'h T, Failure>
    where
        T: SizedParameter,
    {
        let message = format!(
            "`&{}` is not a parameter of a link",
            Type::<T>::new().name()
        );
        Err(Failure::new(FailureKind::Decode, message))
    }
}
