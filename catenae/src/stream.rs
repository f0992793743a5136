//! Streams: their names, and typed declarations of them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::codec::Codec;

mod alike;
mod identity;

pub(crate) use self::alike::{alike, nearest};

pub(crate) use self::identity::{Identities, Recreated, StreamId};

/// How long the name of a stream may be, in bytes: Kafka's limit.
const NAME_LENGTH: usize = 249;

/// The name of a stream, cheap to clone.
///
/// [`parse`](Self::parse) checks the name; `From` takes any text unchecked, even text that cannot be the name of a
/// stream.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(Arc<str>);

/// A text that cannot be the name of a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be the name of a stream: {reason}")]
pub struct InvalidStreamName {
    name: String,
    reason: &'static str,
}

/// Why `name` cannot be the name of a stream; `None` if it can.
const fn refused(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    match bytes {
        [] => return Some("it is empty, a name has 1 to 249 characters"),
        b"." | b".." => return Some("`.` and `..` are reserved"),
        _ if bytes.len() > NAME_LENGTH => return Some("it is longer than 249 characters"),
        _ => (),
    }
    let mut index = 0;
    while index < bytes.len() {
        match bytes[index] {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => index += 1,
            _ => return Some("only ASCII letters, digits, `.`, `_` and `-` are accepted"),
        }
    }
    None
}

/// Stops the compiler, or the program outside of a constant, at a name that cannot be one.
const fn checked(name: &'static str) -> &'static str {
    match refused(name) {
        None => name,
        Some(reason) => panic!("{}", reason),
    }
}

impl StreamName {
    /// Checks that `name` can be the name of a stream: 1 to 249 ASCII letters, digits, `.`, `_`
    /// and `-`, but not `.` or `..`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, InvalidStreamName> {
        match refused(name) {
            None => Ok(name.into()),
            Some(reason) => Err(InvalidStreamName {
                name: name.into(),
                reason,
            }),
        }
    }

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

impl std::str::FromStr for StreamName {
    type Err = InvalidStreamName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

impl AsRef<str> for StreamName {
    fn as_ref(&self) -> &str {
        self.as_str()
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
///
/// ```
/// use catenae::Stream;
///
/// pub const LINES: Stream<String> = Stream::new("lines");
/// ```
pub struct Stream<T: ?Sized> {
    reference: StreamRef,
    carries: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> Stream<T> {
    /// Declares the stream `name`.
    ///
    /// # Panics
    /// When `name` cannot be the name of a stream (see [`StreamName::parse`]); in a constant, that
    /// is an error of the compiler.
    ///
    /// ```compile_fail
    /// use catenae::Stream;
    ///
    /// pub const LINES: Stream<String> = Stream::new("my lines");
    /// ```
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
    ///
    /// # Panics
    /// When `name` cannot be the name of a stream (see [`StreamName::parse`]); in a constant, that
    /// is an error of the compiler.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name: checked(name),
            codec: Codec::Auto,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        fn check(name: &str, expected: Result<(), &str>) {
            let found = StreamName::parse(name).map(|name| assert!(!name.as_str().is_empty()));
            let found = found.map_err(|error| error.to_string());
            assert_eq!(
                found.as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|e| *e)
            );
        }
        const CHARACTERS: &str = "only ASCII letters, digits, `.`, `_` and `-` are accepted";
        check("lines", Ok(()));
        check("a.b_c-D9", Ok(()));
        check("...", Ok(()));
        check(&"x".repeat(249), Ok(()));
        let long = "x".repeat(250);
        let refusal = |name: &str, reason: &str| {
            let text = format!("`{name}` cannot be the name of a stream: {reason}");
            check(name, Err(&text));
        };
        refusal(&long, "it is longer than 249 characters");
        refusal("", "it is empty, a name has 1 to 249 characters");
        refusal(".", "`.` and `..` are reserved");
        refusal("..", "`.` and `..` are reserved");
        refusal("my lines", CHARACTERS);
        refusal("straße", CHARACTERS);
        refusal("a/b", CHARACTERS);
    }

    #[test]
    #[should_panic(expected = "only ASCII letters")]
    fn a_declared_name_is_checked() {
        let _ = Stream::<String>::new("my lines");
    }
}
