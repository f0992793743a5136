//! Whether a method fits into the link that lists it.

use std::marker::PhantomData;

use crate::context::Context;
use crate::rpc::core::caller::Caller;
use crate::rpc::stub::method::{Method, Served};
use crate::type_value::Type;

// Whether the state that a method takes is that of a link: `How` is found by inference, since a
// context is no state and fits every link.

/// As the state.
pub enum AsState {}

/// As something else.
pub enum AsOther {}

/// Whether a method with a parameter `&Self` fits into a link with the state `S`.
#[diagnostic::on_unimplemented(
    message = "this rpc takes the state `{Self}`, and the state of this link is `{S}`",
    label = "takes another state than the link",
    note = "an rpc takes the state of the link that lists it, or none; a link has the state that its \
            function takes, and `()` where it takes none: add the parameter `state: &mut {Self}` to the \
            link, or list the rpc elsewhere",
    note = "in an rpc a reference to anything but `Context` or `Caller` is the state"
)]
pub trait Fits<S, How> {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsState> for S {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Context {}

#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for Caller {}

// Refused where they stand, and not again where the method is listed.
#[diagnostic::do_not_recommend]
impl<S> Fits<S, AsOther> for str {}

#[diagnostic::do_not_recommend]
impl<S, T> Fits<S, AsOther> for [T] {}

/// Whether a method fits into a link with the state `S`; implemented by its twin.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an rpc",
    label = "not an rpc",
    note = "an rpc is a function with `#[catenae::rpc]`, and its name is its type"
)]
pub trait FitsLink<S, How>: Method {}

/// A link with the state `S`, which lists methods.
pub struct OfLink<S>(PhantomData<fn() -> S>);

/// A link with this state. The state is known before a method is asked about it: otherwise the compiler
/// takes the method's word for it, and finds types that do not match.
#[must_use]
pub fn of_link<S>(_: Type<S>) -> OfLink<S> {
    OfLink(PhantomData)
}

impl<S> OfLink<S> {
    /// The method `M`, which takes the state of this link or none.
    #[must_use]
    pub fn serves<M: FitsLink<S, How>, How>(&self) -> Served {
        Served::of::<M>()
    }
}

/// The methods of a link.
#[must_use]
pub fn list<const N: usize>(methods: [Served; N]) -> Vec<Served> {
    methods.into()
}
