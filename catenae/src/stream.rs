//! Streams: their names, and typed declarations of them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::codec::Codec;

/// The name of a stream, cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(Arc<str>);

impl StreamName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for StreamName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for StreamName {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

/// A stream declared once, with the type of its electrons.
///
/// A link names it in `input` or `output` in place of a string; then a link whose type differs does
/// not compile.
pub struct Stream<T: ?Sized> {
    reference: StreamRef,
    carries: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> Stream<T> {
    /// Declares the stream `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            reference: StreamRef::named(name),
            carries: PhantomData,
        }
    }

    /// Fixes how values are written on this stream and read from it.
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.reference.codec = codec;
        self
    }

    /// The stream without its type.
    #[must_use]
    pub const fn reference(&self) -> StreamRef {
        self.reference
    }

    /// The name of the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.reference.name
    }
}

impl<T: ?Sized> From<&Stream<T>> for StreamName {
    fn from(stream: &Stream<T>) -> Self {
        stream.name().into()
    }
}

/// A stream as a link's description refers to it: its name and how its values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRef {
    /// The name on Kafka.
    pub name: &'static str,
    /// How values are written and read.
    pub codec: Codec,
}

impl StreamRef {
    /// A stream known by its name only.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            codec: Codec::Auto,
        }
    }
}
