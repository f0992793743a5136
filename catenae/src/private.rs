//! Every name a macro expansion may say; not part of the public API.

pub use crate::link::{Link, LinkSpec};
