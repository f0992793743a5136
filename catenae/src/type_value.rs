//! A type as a value: what questions to the compiler are asked about, see [`probe`](crate::link::probe).

use std::any::type_name;
use std::marker::PhantomData;

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
