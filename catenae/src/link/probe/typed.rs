//! What a typed stream carries, asked of the constant that declares it.

use super::Type;
use crate::message::fits::{ReadsFrom, WritesTo};
use crate::stream::Stream;

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
