//! Links: their description, and the two calls through which everything else runs them.

mod emitter;
mod spec;
mod wiring;

pub use emitter::{Emitter, Outgoing, Outlet, Outputs};
pub use spec::LinkSpec;
pub use wiring::{Open, Runner, TypeNames, Wiring};

/// A link as the `#[catenae::link]` attribute describes it; implemented by the twin type.
pub trait Link {
    /// What the attribute says.
    const SPEC: LinkSpec;

    /// How to run the function.
    fn wiring() -> Wiring;
}
