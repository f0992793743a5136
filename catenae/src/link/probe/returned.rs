//! What a function returned, taken apart in phases: future, result, shape, item.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::future::{Future, poll_fn};
use std::pin::pin;

use futures_core::Stream as AsyncStream;
use serde::Serialize;

use super::Type;
use crate::context::Context;
use crate::electron::Electron;
use crate::link::emitter::Emitter;
use crate::link::wiring::Out;
use crate::outcome::{Failure, FailureKind};
use crate::stream::WritesTo;

/// A function pointer of any arity a link may have.
pub trait Returns {
    /// What it returns.
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

impl<A, R> Returns for fn(A) -> R {
    type Output = R;
}

impl<A, B, R> Returns for fn(A, B) -> R {
    type Output = R;
}

impl<A, B, C, R> Returns for fn(A, B, C) -> R {
    type Output = R;
}

/// The type a function returns, also where it cannot be named.
pub fn returned<F: Returns>(_: F) -> Type<F::Output> {
    Type::new()
}

/// Asserts that an item can be sent.
pub fn sends<T: Output>(_: Type<T>) {}

/// Asserts that an item is what the stream carries.
pub fn writes<T: ?Sized, I: WritesTo<T, How>, How>(_: Type<T>, _: Type<I>) {}

// Phase one: a future is awaited on the lane.

/// A future.
pub struct Await;

/// A value that is there already.
pub struct Ready;

/// Answers for futures.
pub trait IsFuture {
    /// To be awaited.
    fn when(&self) -> Await {
        Await
    }
}

impl<F: Future> IsFuture for &Type<F> {}

/// Answers for everything else.
pub trait IsReady {
    /// Nothing to await.
    fn when(&self) -> Ready {
        Ready
    }
}

impl<T> IsReady for Type<T> {}

impl Await {
    /// Its output.
    pub fn value<F: Future>(self, future: F, context: &Context) -> F::Output {
        context.block_on(future)
    }

    /// The type of its output.
    pub fn next<F: Future>(self, _: Type<F>) -> Type<F::Output> {
        Type::new()
    }
}

impl Ready {
    /// The value.
    pub fn value<T>(self, value: T, _: &Context) -> T {
        value
    }

    /// Its type.
    pub fn next<T>(self, _: Type<T>) -> Type<T> {
        Type::new()
    }
}

// Phase two: an error ends the call.

/// A `Result`.
pub struct Fallible;

/// Not a `Result`.
pub struct Certain;

/// Answers for results.
pub trait IsResult {
    /// To be opened.
    fn outcome(&self) -> Fallible {
        Fallible
    }
}

impl<T, E> IsResult for &Type<Result<T, E>> {}

/// Answers for everything else.
pub trait IsCertain {
    /// Nothing to open.
    fn outcome(&self) -> Certain {
        Certain
    }
}

impl<T> IsCertain for Type<T> {}

impl Fallible {
    /// What is inside, or the failure made of the error.
    ///
    /// # Errors
    /// The failure.
    pub fn value<T, E>(
        self,
        result: Result<T, E>,
        failure: impl FnOnce(E) -> Failure,
    ) -> Result<T, Failure> {
        result.map_err(failure)
    }

    /// The type inside.
    pub fn next<T, E>(self, _: Type<Result<T, E>>) -> Type<T> {
        Type::new()
    }
}

impl Certain {
    /// The value.
    ///
    /// # Errors
    /// None.
    pub fn value<T>(self, value: T, _: impl FnOnce(Infallible) -> Failure) -> Result<T, Failure> {
        Ok(value)
    }

    /// Its type.
    pub fn next<T>(self, _: Type<T>) -> Type<T> {
        Type::new()
    }
}

// An error of any type becomes the source of a failure, as much of it as can be kept.

/// An error that is one, with its chain.
pub struct Chained;

/// An error known by its text.
pub struct Displayed;

/// An error known by its debug form.
pub struct Debugged;

/// An error known by its type only.
pub struct Named;

/// Answers for what converts to a boxed error.
pub trait CauseChained {
    /// Kept whole.
    fn cause(&self) -> Chained {
        Chained
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> CauseChained for &&&Type<E> {}

/// Answers for what displays.
pub trait CauseDisplayed {
    /// Kept as text.
    fn cause(&self) -> Displayed {
        Displayed
    }
}

impl<E: Display> CauseDisplayed for &&Type<E> {}

/// Answers for what has a debug form.
pub trait CauseDebugged {
    /// Kept in debug form.
    fn cause(&self) -> Debugged {
        Debugged
    }
}

impl<E: Debug> CauseDebugged for &Type<E> {}

/// Answers for any other type.
pub trait CauseNamed {
    /// Only the name of the type is kept.
    fn cause(&self) -> Named {
        Named
    }
}

impl<E> CauseNamed for Type<E> {}

impl Chained {
    /// The failure.
    pub fn failure<E: Into<Box<dyn StdError + Send + Sync>>>(
        self,
        error: E,
        kind: FailureKind,
    ) -> Failure {
        Failure::new(kind, error)
    }
}

impl Displayed {
    /// The failure.
    pub fn failure<E: Display>(self, error: E, kind: FailureKind) -> Failure {
        Failure::new(kind, error.to_string())
    }
}

impl Debugged {
    /// The failure.
    pub fn failure<E: Debug>(self, error: E, kind: FailureKind) -> Failure {
        Failure::new(kind, format!("{error:?}"))
    }
}

impl Named {
    /// The failure.
    pub fn failure<E>(self, error: E, kind: FailureKind) -> Failure {
        let message = format!("an error of type `{}`", Type::of(&error).name());
        Failure::new(kind, message)
    }
}

// Phase three: how many items there are, and how to come by them.

/// Nothing to send.
pub struct Nothing;

/// An item or none.
pub struct Maybe;

/// A list or an iterator.
pub struct Many;

/// An asynchronous stream.
pub struct Flow;

/// One item.
pub struct One;

/// The item of a function that returns nothing.
pub enum Silent {}

/// Answers for the types whose shape is fixed.
pub trait ShapeFixed {
    /// The shape.
    type Shape;
    /// Says it.
    fn shape(&self) -> Self::Shape;
}

impl ShapeFixed for &&&&Type<()> {
    type Shape = Nothing;
    fn shape(&self) -> Nothing {
        Nothing
    }
}

impl<T> ShapeFixed for &&&&Type<Option<T>> {
    type Shape = Maybe;
    fn shape(&self) -> Maybe {
        Maybe
    }
}

// A vector or array of bytes is one value: nobody means an electron per byte.
impl ShapeFixed for &&&&Type<Vec<u8>> {
    type Shape = One;
    fn shape(&self) -> One {
        One
    }
}

impl<const N: usize> ShapeFixed for &&&&Type<[u8; N]> {
    type Shape = One;
    fn shape(&self) -> One {
        One
    }
}

/// Answers for vectors and arrays.
pub trait ShapeList {
    /// Many items.
    fn shape(&self) -> Many {
        Many
    }
}

impl<T> ShapeList for &&&Type<Vec<T>> {}
impl<T, const N: usize> ShapeList for &&&Type<[T; N]> {}

/// Answers for iterators.
pub trait ShapeIterator {
    /// Many items.
    fn shape(&self) -> Many {
        Many
    }
}

impl<I: Iterator> ShapeIterator for &&Type<I> {}

/// Answers for asynchronous streams.
pub trait ShapeStream {
    /// Items in their own time.
    fn shape(&self) -> Flow {
        Flow
    }
}

impl<S: AsyncStream> ShapeStream for &Type<S> {}

/// Answers for everything else.
pub trait ShapeOne {
    /// One item.
    fn shape(&self) -> One {
        One
    }
}

impl<T> ShapeOne for Type<T> {}

impl Nothing {
    /// Sends nothing.
    ///
    /// # Errors
    /// None.
    pub fn each(
        self,
        (): (),
        _: &mut Out<'_, '_>,
        _: impl FnMut(Silent, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// The type of its items, of which there are none.
    pub fn next(self, _: Type<()>) -> Type<Silent> {
        Type::new()
    }
}

impl Maybe {
    /// Sends the item, if there is one.
    ///
    /// # Errors
    /// What `send` says.
    pub fn each<T>(
        self,
        item: Option<T>,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(T, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        item.map_or(Ok(()), |item| send(item, out.emitter))
    }

    /// The type of the item.
    pub fn next<T>(self, _: Type<Option<T>>) -> Type<T> {
        Type::new()
    }
}

impl Many {
    /// Sends the items in order; a source ends before the next one when it is asked to stop.
    ///
    /// # Errors
    /// What `send` says; the rest is not sent then.
    pub fn each<I: IntoIterator>(
        self,
        items: I,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(I::Item, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut items = items.into_iter();
        while !out.ended() {
            let Some(item) = items.next() else { break };
            send(item, out.emitter)?;
        }
        Ok(())
    }

    /// The type of an item.
    pub fn next<I: IntoIterator>(self, _: Type<I>) -> Type<I::Item> {
        Type::new()
    }
}

impl Flow {
    /// Sends the items as they come; a source ends before the next one when it is asked to stop.
    ///
    /// # Errors
    /// What `send` says; the rest is not awaited then.
    pub fn each<S: AsyncStream>(
        self,
        items: S,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(S::Item, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut items = pin!(items);
        while !out.ended() {
            let next = poll_fn(|task| items.as_mut().poll_next(task));
            let Some(item) = out.context.block_on(next) else {
                break;
            };
            send(item, out.emitter)?;
        }
        Ok(())
    }

    /// The type of an item.
    pub fn next<S: AsyncStream>(self, _: Type<S>) -> Type<S::Item> {
        Type::new()
    }
}

impl One {
    /// Sends the value.
    ///
    /// # Errors
    /// What `send` says.
    pub fn each<T>(
        self,
        item: T,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(T, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        send(item, out.emitter)
    }

    /// The type of the value.
    pub fn next<T>(self, _: Type<T>) -> Type<T> {
        Type::new()
    }
}

// Phase four: how an item is written.

/// Asserted of the items of a function, so that the refusal is on its return type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to a stream",
    label = "this type is not serializable",
    note = "derive `serde::Serialize` for it, and for the key of an `Electron`",
    note = "a link returns nothing, one value, an `Option`, a `Vec`, an array, an iterator or an \
            async `Stream` of values or `Electron`s, or a `Result` of any of these"
)]
pub trait Output {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Output for T {}

#[diagnostic::do_not_recommend]
impl<V: Serialize, K: Serialize> Output for Electron<V, K> {}

#[diagnostic::do_not_recommend]
impl Output for Silent {}

/// A function that returns nothing may have an output of any type: it sends through the context.
pub struct SaysNothing;

impl<T: ?Sized> WritesTo<T, SaysNothing> for Silent {}

/// An electron with key, headers and target.
pub struct AsElectron;

/// Bytes as they are.
pub struct AsBytes;

/// A serializable value.
pub struct AsValue;

/// Refused by [`sends`], or never there.
pub struct Unsendable;

/// Answers for electrons and bytes.
pub trait ItemRaw {
    /// How it is written.
    type Item;
    /// Says it.
    fn item(&self) -> Self::Item;
}

impl<V: Serialize, K: Serialize> ItemRaw for &&Type<Electron<V, K>> {
    type Item = AsElectron;
    fn item(&self) -> AsElectron {
        AsElectron
    }
}

impl ItemRaw for &&Type<&[u8]> {
    type Item = AsBytes;
    fn item(&self) -> AsBytes {
        AsBytes
    }
}

impl ItemRaw for &&Type<Vec<u8>> {
    type Item = AsBytes;
    fn item(&self) -> AsBytes {
        AsBytes
    }
}

impl<const N: usize> ItemRaw for &&Type<[u8; N]> {
    type Item = AsBytes;
    fn item(&self) -> AsBytes {
        AsBytes
    }
}

impl<const N: usize> ItemRaw for &&Type<&[u8; N]> {
    type Item = AsBytes;
    fn item(&self) -> AsBytes {
        AsBytes
    }
}

/// Answers for serializable values.
pub trait ItemValue {
    /// To be encoded.
    fn item(&self) -> AsValue {
        AsValue
    }
}

impl<T: Serialize> ItemValue for &Type<T> {}

/// Answers for the rest.
pub trait ItemOther {
    /// Refused elsewhere.
    fn item(&self) -> Unsendable {
        Unsendable
    }
}

impl<T> ItemOther for Type<T> {}

impl AsElectron {
    /// Sends it.
    ///
    /// # Errors
    /// `Encode`, or what the outlet says.
    pub fn send<V: Serialize, K: Serialize>(
        self,
        electron: Electron<V, K>,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), Failure> {
        emitter.electron(electron)
    }
}

impl AsBytes {
    /// Sends them.
    ///
    /// # Errors
    /// What the outlet says.
    pub fn send(self, bytes: impl AsRef<[u8]>, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        emitter.bytes(bytes.as_ref())
    }
}

impl AsValue {
    /// Sends it.
    ///
    /// # Errors
    /// `Encode`, or what the outlet says.
    pub fn send<T: Serialize>(self, value: T, emitter: &mut Emitter<'_>) -> Result<(), Failure> {
        emitter.value(&value)
    }
}

impl Unsendable {
    /// Never called: such an item does not compile, or does not exist.
    ///
    /// # Errors
    /// Always.
    pub fn send<T>(self, item: T, _: &mut Emitter<'_>) -> Result<(), Failure> {
        let message = format!("`{}` cannot be sent to a stream", Type::of(&item).name());
        Err(Failure::new(FailureKind::Encode, message))
    }
}

/// The type of the items a function returns, for the assertions and for `describe`.
#[doc(hidden)]
#[macro_export]
macro_rules! __item {
    ($function:path, $pointer:ty) => {{
        use $crate::__private::probe::{
            IsCertain as _, IsFuture as _, IsReady as _, IsResult as _, ShapeFixed as _,
            ShapeIterator as _, ShapeList as _, ShapeOne as _, ShapeStream as _,
        };
        // A coercion settles the blanks at once, which `as` would not.
        let function: $pointer = $function;
        let answer = $crate::__private::probe::returned(function);
        let answer = (&&answer).when().next(answer);
        let answer = (&&answer).outcome().next(answer);
        let answer = (&&&&&answer).shape().next(answer);
        (&&answer).outcome().next(answer)
    }};
}

/// A value that may be a future of it, and may be a result of it; ends the calling function with
/// the failure.
#[doc(hidden)]
#[macro_export]
macro_rules! __settled {
    ($value:expr, $context:expr, $kind:ident) => {{
        use $crate::__private::probe::{IsFuture as _, IsReady as _};
        let value = $value;
        let when = (&&$crate::__private::probe::Type::of(&value)).when();
        let value = when.value(value, $context);
        $crate::__opened!(value, $kind)
    }};
}

/// A value that may be a result of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __opened {
    ($value:expr, $kind:ident) => {{
        use $crate::__private::probe::{
            CauseChained as _, CauseDebugged as _, CauseDisplayed as _, CauseNamed as _,
            IsCertain as _, IsResult as _,
        };
        let value = $value;
        let outcome = (&&$crate::__private::probe::Type::of(&value)).outcome();
        outcome.value(value, |error| {
            let cause = (&&&&$crate::__private::probe::Type::of(&error)).cause();
            cause.failure(error, $crate::__private::FailureKind::$kind)
        })?
    }};
}

/// Sends what a function returned, in whatever form.
#[doc(hidden)]
#[macro_export]
macro_rules! __settle {
    ($returned:expr, $out:expr) => {{
        use $crate::__private::probe::{
            ItemOther as _, ItemRaw as _, ItemValue as _, ShapeFixed as _, ShapeIterator as _,
            ShapeList as _, ShapeOne as _, ShapeStream as _,
        };
        let returned = $crate::__settled!($returned, $out.context, Handler);
        let shape = (&&&&&$crate::__private::probe::Type::of(&returned)).shape();
        shape.each(returned, $out, |item, emitter| {
            let item = $crate::__opened!(item, Handler);
            let how = (&&&$crate::__private::probe::Type::of(&item)).item();
            how.send(item, emitter)
        })
    }};
}
