//! What only the compiler can refuse of a method, in the words it shall use.

use super::role::{Calling, Contextual, ReadOnly, Unsized, UnsizedExclusive};

/// Whether a parameter is no state, so that a later one can be, of the type `T`.
#[diagnostic::on_unimplemented(
    message = "an rpc takes one state, that of its link, and `{T}` is the second",
    label = "another parameter is the state already",
    note = "a reference to anything but `Context` or `Caller` is the state; an argument is taken by value"
)]
pub trait LeavesState<T> {}

#[diagnostic::do_not_recommend]
impl<T> LeavesState<T> for Contextual {}

#[diagnostic::do_not_recommend]
impl<T> LeavesState<T> for Calling {}

#[diagnostic::do_not_recommend]
impl<T, U: ?Sized> LeavesState<T> for Unsized<U> {}

#[diagnostic::do_not_recommend]
impl<T, U: ?Sized> LeavesState<T> for UnsizedExclusive<U> {}

#[diagnostic::do_not_recommend]
impl<T, U> LeavesState<T> for ReadOnly<U> {}

/// What a method may take as `&mut`. Never implemented: it is asked of the rest only.
#[diagnostic::on_unimplemented(
    message = "an rpc cannot take `&mut {Self}`",
    label = "shared by everything that runs",
    note = "the context and the caller are read only: write `&Context`, `&Caller`"
)]
pub trait LentExclusively {}

/// A reference that a method cannot take.
#[diagnostic::on_unimplemented(
    message = "an rpc cannot take a reference to the unsized type `{Self}`",
    label = "neither an argument nor a state",
    note = "arguments are taken by value: write `String` in place of `&str`, `Vec<u8>` in place of `&[u8]`"
)]
pub trait SizedParameter {}

#[diagnostic::do_not_recommend]
impl<T> SizedParameter for T {}
