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

pub(crate) mod core;
mod port;
#[cfg(test)]
mod simulation;
pub(crate) mod stub;
pub(crate) mod transport;

pub use crate::rpc::core::caller::Caller;
pub use crate::rpc::core::error::{CallError, CallErrorKind};
pub use crate::rpc::core::instances::{Instance, InstanceMethod};
pub use crate::rpc::stub::answer::Answer;
#[doc(hidden)]
pub use crate::rpc::stub::arguments::UnknownArguments;
pub use crate::rpc::stub::arguments::{Argument, Arguments, IntoArguments, Many, Nothing, One};
pub use crate::rpc::stub::call::{Call, Gather};
pub use crate::rpc::stub::gather::{Gathered, Gathering};
pub use crate::rpc::stub::method::{Handler, Lent, Method, MethodSpec, Served, Serves, Serving};
pub(crate) use crate::rpc::stub::method::{named_twice, run_once};
pub use crate::rpc::stub::named::{Named, NamedCall, NamedGather, named};
pub use crate::rpc::stub::wire::RpcValue;
#[doc(hidden)]
pub use crate::rpc::stub::wire::{Crossing, MethodCodec};
pub use port::CallStats;

pub use crate::rpc::stub::builtin::{
    Pong, Stats, add_input, describe, log_level, pause, ping, remove_input, resume, stats, stop,
};

pub(crate) use crate::rpc::core::client::{CallId, Client, Effect};
pub(crate) use crate::rpc::core::envelope::{
    AnnouncedMethod, Announcement, Envelope, Reply, ReplyBody, Request, VERSION, is_readable, read,
    refusal, write,
};
pub(crate) use crate::rpc::core::instances::Instances;
pub(crate) use crate::rpc::core::question::{CallOutcome, Question};
pub(crate) use crate::rpc::core::server::{Admission, Done, Server, ServerLimits, is_expired};
pub(crate) use crate::rpc::stub::method::{NotRun, Ran};
pub(crate) use port::{AnswerPromise, DisabledTransport, Transport};
