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

mod aim;
mod answer;
mod arguments;
pub(crate) mod builtin;
mod call;
mod caller;
mod client;
mod desk;
mod envelope;
mod error;
mod gather;
mod instances;
mod method;
mod named;
#[doc(hidden)]
pub mod probe;
mod server;
#[cfg(test)]
mod simulation;
mod wire;

pub use answer::Answer;
#[doc(hidden)]
pub use arguments::Unknown;
pub use arguments::{Argument, Arguments, Fills, Many, Nothing, One};
pub use call::{Call, Gather};
pub use caller::Caller;
pub use error::{CallError, CallErrorKind};
pub use gather::{Gathered, Gathering};
pub use instances::{Instance, InstanceMethod};
pub(crate) use method::run_once;
pub use method::{Handler, Lent, Method, MethodSpec, Served, Serves, Serving};
pub use named::{Named, NamedCall, NamedGather, named};
pub use wire::Crosses;
#[doc(hidden)]
pub use wire::{Crossing, Wire};

pub use builtin::{
    CallStats, Pong, Stats, add_input, describe, log_level, pause, ping, remove_input, resume,
    stats, stop,
};

pub(crate) use answer::{Ending, Ticket};
pub(crate) use client::{CallId, Client, Effect};
pub(crate) use desk::{Closed, Desk, Question};
pub(crate) use envelope::{
    AnnouncedMethod, Announcement, Envelope, Reply, Request, Said, VERSION, is_readable, read,
    refusal, write,
};
pub(crate) use instances::Instances;
pub(crate) use method::{NotRun, Ran};
pub(crate) use server::{Admission, Done, Limits, Server, is_expired};
