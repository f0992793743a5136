//! How a link's state begins and ends: `Default` or `setup`, and `finish`.

use super::Type;
use crate::context::Context;

// Phase one of `setup`: what it takes.

/// Called with the context.
pub struct WithContext;

/// Called without it.
pub struct Alone;

/// Refused.
pub struct Refused;

/// Refused as the end of an `S`.
pub struct RefusedFinish<S>(Type<S>);

/// Answers for `fn(&Context) -> R`.
pub trait SetupWithContext<'c, R> {
    /// To be called with the context.
    fn setup(&self) -> WithContext {
        WithContext
    }
}

impl<'c, F: FnOnce(&'c Context) -> R, R> SetupWithContext<'c, R> for &&Type<F> {}

/// Answers for `fn() -> R`.
pub trait SetupAlone<R> {
    /// To be called with nothing.
    fn setup(&self) -> Alone {
        Alone
    }
}

impl<F: FnOnce() -> R, R> SetupAlone<R> for &Type<F> {}

/// Answers for anything else.
pub trait SetupOther {
    /// Refused.
    fn setup(&self) -> Refused {
        Refused
    }
}

impl<F> SetupOther for Type<F> {}

/// Never implemented: says what a `setup` is.
#[diagnostic::on_unimplemented(
    message = "`setup` cannot be called to build the state of this link",
    label = "not a function that takes nothing or the `&Context`",
    note = "write `fn name() -> State` or `fn name(context: &Context) -> State`, also `async`, also \
            returning `Result<State, E>`"
)]
pub trait Setup {}

// Phase one of `finish`: what it takes, given the state `S`.

/// Answers for `fn(S, &Context) -> R`.
pub trait FinishWithContext<'c, R> {
    /// To be called with the context.
    fn finish(&self) -> WithContext {
        WithContext
    }
}

impl<'c, F: FnOnce(S, &'c Context) -> R, S, R> FinishWithContext<'c, R> for &&Type<(F, S)> {}

/// Answers for `fn(S) -> R`.
pub trait FinishAlone<R> {
    /// To be called with the state.
    fn finish(&self) -> Alone {
        Alone
    }
}

impl<F: FnOnce(S) -> R, S, R> FinishAlone<R> for &Type<(F, S)> {}

/// Answers for anything else.
pub trait FinishOther<S> {
    /// Refused.
    fn finish(&self) -> RefusedFinish<S> {
        RefusedFinish(Type::new())
    }
}

impl<F, S> FinishOther<S> for Type<(F, S)> {}

/// Never implemented: says what a `finish` is.
#[diagnostic::on_unimplemented(
    message = "`finish` cannot be called with the state of this link, `{S}`",
    label = "not a function that takes `{S}`",
    note = "write `fn name(state: State)` or `fn name(state: State, context: &Context)`, also \
            `async`, also returning `Result<(), E>`, where `State` is the type behind the `&mut` \
            parameter of the link"
)]
pub trait Finish<S> {}

impl WithContext {
    /// What `setup` returns.
    pub fn begin<'c, F: FnOnce(&'c Context) -> R, R, S>(
        self,
        setup: F,
        context: &'c Context,
        _: Type<S>,
    ) -> R {
        setup(context)
    }

    /// What `finish` returns.
    pub fn end<'c, F: FnOnce(S, &'c Context) -> R, R, S>(
        self,
        finish: F,
        state: S,
        context: &'c Context,
    ) -> R {
        finish(state, context)
    }
}

impl Alone {
    /// What `setup` returns.
    pub fn begin<F: FnOnce() -> R, R, S>(self, setup: F, _: &Context, _: Type<S>) -> R {
        setup()
    }

    /// What `finish` returns.
    pub fn end<F: FnOnce(S) -> R, R, S>(self, finish: F, state: S, _: &Context) -> R {
        finish(state)
    }
}

impl Refused {
    /// Does not compile.
    pub fn begin<F: Setup, S>(self, _: F, _: &Context, _: Type<S>) -> S {
        unreachable!("no type is a `Setup`")
    }
}

impl<S> RefusedFinish<S> {
    /// Does not compile.
    pub fn end<F: Finish<S>>(self, _: F, _: S, _: &Context) {
        unreachable!("no type ends an `{}`", self.0.name())
    }
}

// A state without `setup`.

/// Builds the state.
pub struct ByDefault;

/// Answers for states that have a default.
pub trait BuildDefault {
    /// To be built.
    fn build(&self) -> ByDefault {
        ByDefault
    }
}

impl<S: Default> BuildDefault for &Type<S> {}

/// Answers for the others, which an assertion refuses.
pub trait BuildOther {
    /// Refused.
    fn build(&self) -> Refused {
        Refused
    }
}

impl<S> BuildOther for Type<S> {}

impl ByDefault {
    /// The state.
    pub fn state<S: Default>(self, _: Type<S>) -> S {
        S::default()
    }
}

impl Refused {
    /// Does not compile.
    pub fn state<S>(self, _: Type<S>) -> S {
        unreachable!("a state without `Default` is refused")
    }
}

/// The state by `Default`.
#[doc(hidden)]
#[macro_export]
macro_rules! __default {
    ($parameters:expr) => {{
        use $crate::__private::probe::{BuildDefault as _, BuildOther as _};
        let state = $parameters.state();
        ::core::result::Result::Ok((&&state).build().state(state))
    }};
}

/// What `setup` makes; ends the calling function with its failure.
#[doc(hidden)]
#[macro_export]
macro_rules! __setup {
    ($setup:expr, $parameters:expr, $context:expr) => {{
        use $crate::__private::probe::{
            SetupAlone as _, SetupOther as _, SetupWithContext as _, Type,
        };
        let how = (&&&Type::of(&$setup)).setup();
        let made = how.begin($setup, $context, $parameters.state());
        $crate::__settled!(made, $context, Lifecycle)
    }};
}

/// The end of the state by `finish`.
#[doc(hidden)]
#[macro_export]
macro_rules! __finish {
    ($finish:expr, $state:expr, $context:expr) => {{
        use $crate::__private::probe::{
            FinishAlone as _, FinishOther as _, FinishWithContext as _, Type,
        };
        let how = (&&&Type::of(&$finish).with(Type::of(&$state))).finish();
        let done = how.end($finish, $state, $context);
        let () = $crate::__settled!(done, $context, Lifecycle);
        ::core::result::Result::Ok(())
    }};
}
