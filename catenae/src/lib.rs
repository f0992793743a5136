//! Real-time systems out of micromodules: plain functions joined by named Kafka streams.
//!
//! A complete program: a word count as a chain of links. It needs no Kafka cluster: without `-k host:port`, a topology
//! starts a broker of its own.
//!
//! ```no_run
//! use std::collections::BTreeMap;
//! use std::process::ExitCode;
//!
//! use catenae::Topology;
//!
//! /// A source: it takes no message, and what it returns is sent.
//! #[catenae::link(output = "lines", main = false)]
//! fn streamer() -> [&'static str; 2] {
//!     ["to be or", "not to be"]
//! }
//!
//! /// A middle link: takes a line without copying it, sends a pair for each word.
//! #[catenae::link(input = "lines", output = "words", main = false)]
//! fn mapper(line: &str) -> Vec<(String, u64)> {
//!     line.split_whitespace().map(|word| (word.to_owned(), 1)).collect()
//! }
//!
//! /// A leaf with a state; `print` gets the state at the end.
//! #[catenae::link(input = "words", finish = print, main = false)]
//! fn reducer(counts: &mut Counts, (word, n): (String, u64)) {
//!     *counts.0.entry(word).or_default() += n;
//! }
//!
//! #[derive(Default)]
//! struct Counts(BTreeMap<String, u64>);
//!
//! fn print(counts: Counts) {
//!     for (word, n) in counts.0 {
//!         println!("{n} {word}");
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     Topology::new("wordcount")
//!         .link::<streamer>()
//!         .instances::<mapper>(4)
//!         .link::<reducer>()
//!         .main()
//! }
//! ```
//!
//! It prints `2 be`, `1 not`, `1 or`, `2 to`, and ends, because its source has ended and everything
//! is read.
//!
//! # The tour
//!
//! **A link** is a function with the attribute [`link`](macro@link). The function stays as it is, and
//! a test may call it; a type of the same name stands beside it and names the link, as in
//! `.link::<mapper>()` above. In a binary of its own a link needs no `main`: the attribute writes
//! it, with the whole command line (`mapper --help`), and `main = false` leaves it out. For a link
//! that lives in a library, [`main!`] writes it.
//!
//! **Messages and results** are serde types. Strings and bytes go over the wire as they are, anything else as tagged
//! CBOR, and JSON of foreign producers is read as well: [`Codec`] has the rule. An [`Electron`] is a value with its
//! key, its headers and where it came from; return one to set the key, the headers and the target stream. A declared
//! [`Stream`] gives a name its type and its codec.
//!
//! **The context**, a parameter `&Context`, is what a function may ask of its micromodule: see
//! [`Context`]. [`Context::detached`] makes one for unit tests.
//!
//! **Methods** are functions with the attribute [`rpc`](macro@rpc), listed by a link: `rpc = [count]`. Other
//! micromodules call them, one instance or all of a class, with typed arguments and a deadline: see
//! the module [`rpc`](mod@rpc).
//!
//! **The promise** is at-least-once: an electron counts as done when its function has returned and
//! Kafka has confirmed everything it sent; until then it is read again after a failure. A
//! micromodule that cannot go on without a loss stops with exit status 1 and says why: which
//! [`FailureKind`] of failure, of which electron. Nothing is skipped unless `on_error` says so. The attribute and the command
//! line choose another promise, retries and dead letters: see
//! [delivery modes](macro@link#delivery-modes) and [failures](macro@link#failures).
//!
//! **Copies** of a program share its input streams, without any configuration. Within a process
//! [`Topology`] runs several links and several instances of each, on an [`EmbeddedBroker`] unless it
//! is given a Kafka.
//!
//! The guide, a directory next to this crate, teaches all of this in short chapters and lists the flags, the exit
//! statuses and the forms on the wire; ARCHITECTURE.md explains how the library works inside.
//!
//! # Cargo features
//!
//! `tls`, `tls-vendored`, `sasl` and `zstd` reach the Kafka client; none is on by default.

// The rooms; ARCHITECTURE.md has them in reading order.
pub(crate) mod args;
pub(crate) mod assignment;
mod bell;
mod cli;
mod codec;
mod config;
mod connection;
mod context;
mod copies;
mod descriptors;
mod electron;
pub(crate) mod emit;
mod error;
#[cfg(doctest)]
mod guide;
mod inputs;
pub(crate) mod instance;
mod kafka;
pub(crate) mod lane;
mod link;
mod liveness;
mod message;
mod mutant;
mod observe;
mod outcome;
mod panics;
mod pause;
mod program;
mod record;
pub mod rpc;
pub(crate) mod settle;
mod shutdown;
#[cfg(test)]
mod simulation;
pub(crate) mod spec;
mod stream;
mod topology;
mod type_value;

/// What a file with a link imports: `use catenae::prelude::*;`.
pub mod prelude {
    pub use crate::rpc::{CallError, Caller};
    pub use crate::{Codec, Context, Electron, Stream, StreamName};
    /// For `#[derive(clap::Args)]` on a link's own arguments.
    pub use clap;
}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use crate::codec::{
    CborError, Codec, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Limits,
};
pub use crate::context::{Context, Delivery, Detached, Hold, Sendable, Sent, TaskEnd};
pub use crate::electron::{Electron, Headers, Origin};
pub use crate::error::{Error, ErrorKind};
pub use crate::kafka::embedded::{EmbeddedBroker, EmbeddedError};
pub use crate::link::Link;
pub use crate::liveness::{Stall, WaitsFor};
pub use crate::message::Message;
pub use crate::outcome::{
    Failure, FailureKind, FailurePolicy, GiveUpCap, OnError, OnErrors, Retry, RetryWait,
};
pub use crate::spec::LinkSpec;
pub use crate::spec::delivery::DeliveryMode;
pub use crate::spec::modes::Order;
pub use crate::stream::{InvalidStreamName, Stream, StreamName, StreamRef};
pub use crate::topology::{Ended, InstanceState, RunningTopology, Topology, TopologyInstance};
#[doc = include_str!("link/attribute.md")]
pub use catenae_macros::link;
#[doc = include_str!("rpc/attribute.md")]
pub use catenae_macros::rpc;
/// Any value: the dynamic model of an electron, as a message and as an output.
pub use ciborium::Value;

/// Writes the `main` of a micromodule whose link lives elsewhere, as its attribute would.
///
/// ```no_run
/// mod library {
///     #[catenae::link(input = "lines", output = "lengths")]
///     pub fn length(line: &str) -> u64 {
///         line.len() as u64
///     }
/// }
///
/// catenae::main!(library::length);
/// ```
#[macro_export]
macro_rules! main {
    ($link:path) => {
        fn main() -> $crate::__private::ExitCode {
            $crate::__private::main::<$link>()
        }
    };
}
