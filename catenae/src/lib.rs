//! Real-time systems out of micromodules: plain functions joined by named Kafka streams.

// The rooms, in reading order.
mod cli;
mod codec;
mod context;
mod electron;
mod link;
mod outcome;
mod record;
mod stream;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use crate::codec::{
    CborError, Codec, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Limits, Message,
};
pub use crate::context::Context;
pub use crate::electron::{Electron, Headers, Origin};
pub use crate::link::{Link, LinkSpec};
pub use crate::outcome::{Failure, FailureKind};
pub use crate::stream::{InvalidStreamName, Stream, StreamName, StreamRef};
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
