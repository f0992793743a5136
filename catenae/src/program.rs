//! What a program is made of: a link, with the methods it serves.

use crate::link::Link;
use crate::rpc::Serving;

/// A link with the methods it serves, as the `#[catenae::link]` attribute writes both: what can be run.
// One bound in place of two, so that a type that is no link is refused once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a link",
    label = "not a link",
    note = "a link is a function with `#[catenae::link(…)]`, and its name is its type"
)]
pub trait Program: Link + Serving {}

#[diagnostic::do_not_recommend]
impl<L: Link + Serving> Program for L {}
