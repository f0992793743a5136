//! Questions an expansion asks about the user's types, answered by method resolution.
//!
//! A macro sees tokens, not types: it cannot know whether `Outcome` is a `Result`, or `Text` is a
//! `str`. The compiler can, where the types are concrete: an expansion makes a [`Type`] and calls a
//! method that several traits offer. Resolution tries `&&Type<T>` before `&Type<T>` before
//! `Type<T>`, so the trait implemented on the most references, whose bound `T` meets, wins, and its
//! tag says what to do next ("autoref specialization", an idea of David Tolnay's case studies).
//! Every question has an answer for any type: what is wrong is said once, by an assertion on the
//! user's own token, and never a second time by a failed resolution.

mod call;
mod item;
mod lifecycle;
mod parameter;
mod returned;
mod rule;
mod settled;
mod shape;
mod typed;

use std::any::type_name;
use std::marker::PhantomData;

pub use item::{ItemElectron, ItemOther, ItemValue, sends, writes};
pub use lifecycle::{
    BuildDefault, BuildOther, FinishAlone, FinishOther, FinishWithContext, SetupAlone, SetupOther,
    SetupWithContext,
};
pub use parameter::{
    OtherRole, Parameters, Ref, Role, SizedRole, Slot, Yes, exclusive, parameters, value,
};
pub use returned::returned;
pub use rule::{NoRecord, Taken, lanes, message, one_message, take};
pub use settled::{
    CauseChained, CauseDebugged, CauseDisplayed, CauseNamed, IsCertain, IsFuture, IsReady, IsResult,
};
pub use shape::{ShapeFixed, ShapeIterator, ShapeList, ShapeOne, ShapeStream, Silent};
pub use typed::{NoStream, StreamOf};

/// A type as a value.
pub struct Type<T: ?Sized>(PhantomData<fn() -> *const T>);

impl<T: ?Sized> Type<T> {
    /// The type itself.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Its name, as the compiler writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        type_name::<T>()
    }
}

impl<T> Type<T> {
    /// The type of a value.
    #[must_use]
    pub const fn of(_: &T) -> Self {
        Self::new()
    }

    /// This type and another, to ask a question about both.
    #[must_use]
    pub const fn with<U>(self, _: Type<U>) -> Type<(T, U)> {
        Type::new()
    }
}

impl<T: ?Sized> Clone for Type<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Type<T> {}

impl<T: ?Sized> Default for Type<T> {
    fn default() -> Self {
        Self::new()
    }
}
