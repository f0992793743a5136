//! What an expansion asks of the compiler about a method: what its parameters are, and whether they fit.
//!
//! As `link::probe` does for links, by method resolution; what is left over is an argument by value.

mod fit;
mod role;
mod rule;

pub use fit::{AsOther, AsState, Fits, FitsLink, OfLink, list, of_link};
pub use role::{
    Calling, Contextual, Exclusive, OtherExclusive, OtherRole, ReadOnly, Ref, Role, Shared,
    SizedExclusive, SizedRole, Unsized, UnsizedExclusive,
};
pub use rule::{LeavesState, LentExclusively, SizedParameter};

pub use crate::rpc::stub::wire::{CrossesNot, CrossesWhole, assert_crosses};

/// What a method returned, awaited where it is a future, and whether it is an `Err`.
#[doc(hidden)]
#[macro_export]
macro_rules! __answered {
    ($returned:expr, $context:expr) => {{
        use $crate::__private::probe::{
            IsCertain as _, IsFuture as _, IsReady as _, IsResult as _, Type,
        };
        let returned = $returned;
        let when = (&&Type::of(&returned)).when();
        let returned = when.value(returned, $context);
        let outcome = (&&Type::of(&returned)).outcome();
        let is_err = outcome.erred(&returned);
        (returned, is_err)
    }};
}
