//! Links: their description, and the two calls through which everything else runs them.

#[doc(hidden)]
pub mod probe;
mod wiring;

use crate::spec::LinkSpec;
pub use wiring::{Runner, TypeNames, Wiring, link, source, unfinished};

/// A link as the `#[catenae::link]` attribute describes it; implemented by the twin type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a link",
    label = "not a link",
    note = "a link is a function with `#[catenae::link(…)]`, and its name is its type"
)]
pub trait Link: 'static {
    /// What the attribute says.
    const SPEC: LinkSpec;

    /// How to run the function.
    fn wiring() -> Wiring;
}
