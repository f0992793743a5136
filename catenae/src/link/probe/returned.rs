//! What a function returned, taken apart in phases: future, result, shape, item.

use super::Type;

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

/// Sends what a function returned, in whatever form; ends the calling function when a source is
/// asked to stop before it returned anything.
#[doc(hidden)]
#[macro_export]
macro_rules! __settle {
    ($returned:expr, $out:expr) => {{
        use $crate::__private::probe::{
            IsFuture as _, IsReady as _, ItemElectron as _, ItemOther as _, ItemValue as _,
            ShapeFixed as _, ShapeIterator as _, ShapeList as _, ShapeOne as _, ShapeStream as _,
        };
        let returned = $returned;
        let when = (&&$crate::__private::probe::Type::of(&returned)).when();
        let ::core::option::Option::Some(returned) = when.result(returned, $out) else {
            return ::core::result::Result::Ok(());
        };
        let returned = $crate::__opened!(returned, Handler);
        let shape = (&&&&&$crate::__private::probe::Type::of(&returned)).shape();
        shape.each(returned, $out, |item, emitter| {
            let item = $crate::__opened!(item, Handler);
            let how = (&&&$crate::__private::probe::Type::of(&item)).item();
            how.send(item, emitter)
        })
    }};
}
