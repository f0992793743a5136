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
pub use catenae_macros::link;
/// Any value: the dynamic model of an electron, as a message and as an output.
pub use ciborium::Value;
