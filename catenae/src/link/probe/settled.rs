//! The first phases of a result: a future is awaited, an error ends the call.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::future::Future;

use super::Type;
use crate::context::Context;
use crate::link::wiring::Out;
use crate::outcome::{Failure, FailureKind};

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
        context.inner().block_on(future)
    }

    /// Its output, or none when it is a source's and the micromodule stops before.
    pub fn result<F: Future>(self, future: F, out: &Out<'_, '_>) -> Option<F::Output> {
        out.wait(future)
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

    /// The value.
    pub fn result<T>(self, value: T, _: &Out<'_, '_>) -> Option<T> {
        Some(value)
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

    /// Whether it is an error.
    pub fn erred<T, E>(self, result: &Result<T, E>) -> bool {
        result.is_err()
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

    /// Never.
    pub fn erred<T>(self, _: &T) -> bool {
        false
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
