//! Every name a macro expansion may say; not part of the public API.

pub use std::process::ExitCode;
pub use std::string::String;
pub use std::vec::Vec;

pub use crate::args::ArgsSpec;
pub use crate::cli::main;
pub use crate::link::probe;
pub use crate::link::{Link, Wiring, link, source, unfinished};
pub use crate::message::fits::{ReadsFrom, WritesTo};
pub use crate::outcome::{FailureKind, OnError, RetryWait as Waiting};
pub use crate::rpc::stub::probe as method;
pub use crate::rpc::{
    Arguments, Call, Gather, Handler, Many, Method, MethodCodec, MethodSpec, Nothing, One, Served,
    Serves, Serving, UnknownArguments,
};
pub use crate::spec::LinkSpec;
pub use crate::spec::delivery::DeliveryMode as Delivery;
pub use crate::spec::modes::{InputMode, Order};
pub use crate::stream::{Stream, StreamRef};
pub use crate::{
    __answered as answered, __carries as carries, __default as default, __finish as finish,
    __item as item, __program as program, __role as role, __rpc_exclusive as rpc_exclusive,
    __rpc_role as rpc_role, __serving as serving, __settle as settle, __setup as setup,
    __stub as stub, __wire as wire,
};

/// The version of the link's package, for a description; a build without Cargo knows none.
#[must_use]
pub const fn version(of_package: Option<&'static str>) -> &'static str {
    match of_package {
        Some(version) => version,
        None => "",
    }
}

/// The reference to a typed stream, for a description.
#[must_use]
pub const fn reference<T: ?Sized>(stream: &Stream<T>) -> StreamRef {
    stream.reference()
}

/// What a test needs to drive a link without Kafka.
pub mod testing {
    use std::any::Any;

    use serde::Serialize;

    use crate::context::Context;
    use crate::rpc::{Caller, Method};

    pub use crate::codec::{Codec, Limits};
    pub use crate::emit::{Emitter, Outgoing, Outlet, Outputs};
    pub use crate::link::{Runner, TypeNames};
    pub use crate::message::Message;
    pub use crate::record::{HeaderSource, Record};

    /// Runs a method as a micromodule does, with the list `arguments` and the state it is lent: what it
    /// returned, and whether that is an `Err`.
    ///
    /// # Errors
    /// Why it gave nothing, in words.
    pub fn run_method<M: Method>(
        state: Option<&mut dyn Any>,
        context: &Context,
        caller: &Caller,
        arguments: &impl Serialize,
    ) -> Result<(M::Returned, bool), String> {
        crate::rpc::run_once::<M>(state, context, caller, arguments)
    }
}
