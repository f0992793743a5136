//! Calls between micromodules: a function with `#[catenae::rpc]`, asked by instance, by class or by all.
//!
//! A method's twin is its typed stub. `count::at(uid)` asks one instance, `count::any_of("reducer")`
//! any live one of a class, `count::all_of("reducer")` all of them, `count::broadcast()` every
//! micromodule that has it; `count::any::<reducer>()` and `count::all::<reducer>()` name the class by
//! its twin, and do not compile when it does not serve the method. Then [`Call::call`] sends the
//! question, and its result is awaited or, in a function that is not async, waited for.
//!
//! Questions and answers are electrons like any other: one stream of requests per class, which every
//! instance reads to itself, and one stream of answers for all. Their number does not depend on how
//! many instances there are, and no consumer group is involved.

mod answer;
mod arguments;
mod call;
mod caller;
mod desk;
#[expect(dead_code, reason = "the shell that sends them is not there yet")]
mod envelope;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the shell that sends its words is not there yet")
)]
mod error;
mod gather;
mod method;
#[doc(hidden)]
pub mod probe;
mod wire;

pub use answer::Answer;
#[doc(hidden)]
pub use arguments::Unknown;
pub use arguments::{Argument, Arguments, Fills, Many, Nothing, One};
pub use call::{Call, Gather};
pub use caller::Caller;
pub use error::{CallError, CallErrorKind};
pub use gather::{Gathered, Gathering};
pub(crate) use method::run_once;
pub use method::{Handler, Lent, Method, MethodSpec, Served, Serves, Serving};
pub use wire::Crosses;
#[doc(hidden)]
pub use wire::{Crossing, Wire};

pub(crate) use desk::{Closed, Desk};
