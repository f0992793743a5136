//! The last phase of a result: how one item is written.

use serde::Serialize;

use super::Type;
use super::shape::Silent;
use crate::electron::Electron;
use crate::emit::Emitter;
use crate::message::fits::WritesTo;
use crate::outcome::{Failure, FailureKind};

/// Asserts that an item can be sent.
pub fn assert_sends<T: Output>(_: Type<T>) {}

/// Asserts that an item is what the stream carries.
pub fn assert_writes<T: ?Sized, I: WritesTo<T, How>, How>(_: Type<T>, _: Type<I>) {}

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

/// A serializable value.
pub struct AsValue;

/// Refused by [`sends`], or never there.
pub struct Unsendable;

/// Answers for electrons.
pub trait ItemElectron {
    /// To be written with all that it carries.
    fn item(&self) -> AsElectron {
        AsElectron
    }
}

impl<V: Serialize, K: Serialize> ItemElectron for &&Type<Electron<V, K>> {}

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
