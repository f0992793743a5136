//! Calls as the user's code makes and serves them: stubs, methods, the built-in ones.

pub(crate) mod aim;
pub(crate) mod answer;
pub(crate) mod arguments;
pub(crate) mod builtin;
pub(crate) mod call;
pub(crate) mod gather;
pub(crate) mod method;
pub(crate) mod named;
#[doc(hidden)]
pub mod probe;
pub(crate) mod wire;
