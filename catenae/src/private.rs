//! Every name a macro expansion may say; not part of the public API.

pub use crate::codec::{Codec, Message};
pub use crate::link::{Link, LinkSpec};
pub use crate::record::{HeaderSource, Record};
pub use crate::stream::{ReadsFrom, Stream, StreamRef, WritesTo};
