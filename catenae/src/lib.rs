//! Real-time systems out of micromodules: plain functions joined by named Kafka streams.

// The rooms, in reading order.
mod bell;
mod cli;
mod codec;
mod config;
mod context;
mod electron;
mod error;
mod inputs;
mod kafka;
mod link;
mod observe;
mod outcome;
mod record;
mod run;
mod shutdown;
mod stream;
mod topology;
mod tracker;

/// What a file with a link imports: `use catenae::prelude::*;`.
pub mod prelude {
    pub use crate::{Codec, Context, Electron, Stream, StreamName};
    /// For `#[derive(clap::Args)]` on a link's own arguments.
    pub use clap;
}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use crate::codec::{
    CborError, Codec, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Limits, Message,
};
pub use crate::context::{Context, Delivery, Detached, Sendable, Sent};
pub use crate::electron::{Electron, Headers, Origin};
pub use crate::error::{Error, ErrorKind};
pub use crate::kafka::embedded::{EmbeddedBroker, EmbeddedError};
pub use crate::link::{Link, LinkSpec};
pub use crate::outcome::{Failure, FailureKind};
pub use crate::stream::{InvalidStreamName, Stream, StreamName, StreamRef};
pub use crate::topology::Topology;
#[doc = include_str!("link/attribute.md")]
pub use catenae_macros::link;
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
