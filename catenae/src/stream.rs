//! Streams: their names, and typed declarations of them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::codec::Codec;
use crate::electron::Electron;

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

/// A message that may be read from a stream of `T`; `How` tells the ways apart.
#[diagnostic::on_unimplemented(
    message = "a stream of `{T}` cannot be read as `{Self}`",
    label = "a stream of `{T}`, which the link takes as `{Self}`",
    note = "make the message of the link `{T}`, or change the type of the stream where it is declared"
)]
pub trait ReadsFrom<T: ?Sized, How> {}

/// An item that may be written to a stream of `T`; `How` tells the ways apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written to a stream of `{T}`",
    label = "a stream of `{T}`, to which the link sends `{Self}`",
    note = "make the link return `{T}`, or change the type of the stream where it is declared"
)]
pub trait WritesTo<T: ?Sized, How> {}

/// The type itself.
pub struct Itself;
/// The borrowed form of an owned type.
pub struct Lent;
/// Inside an electron.
pub struct InElectron<How>(PhantomData<How>);
/// Inside an option.
pub struct InOption<How>(PhantomData<How>);

impl<T> ReadsFrom<T, Itself> for T {}
impl ReadsFrom<String, Lent> for &str {}
impl ReadsFrom<str, Lent> for &str {}
impl ReadsFrom<str, Lent> for String {}
impl<V: ReadsFrom<T, How>, K, T: ?Sized, How> ReadsFrom<T, InElectron<How>> for Electron<V, K> {}
impl<V: ReadsFrom<T, How>, T: ?Sized, How> ReadsFrom<T, InOption<How>> for Option<V> {}
impl<T> WritesTo<T, Itself> for T {}
impl WritesTo<String, Lent> for &str {}
impl WritesTo<str, Lent> for &str {}
impl WritesTo<str, Lent> for String {}
impl<V: WritesTo<T, How>, K, T: ?Sized, How> WritesTo<T, InElectron<How>> for Electron<V, K> {}
impl<V: WritesTo<T, How>, T: ?Sized, How> WritesTo<T, InOption<How>> for Option<V> {}
