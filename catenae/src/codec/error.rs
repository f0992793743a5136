//! What cannot be decoded or encoded, and what to do about it.

use std::fmt;

use serde::{de, ser};

use super::cbor::{self, CborError};
use super::{Codec, MAX_DEPTH};

/// How many bytes of a payload an error shows.
const EXCERPT: usize = 64;

/// How many of the tags in a payload an error names.
const TAGS: usize = 4;

/// A value or a key that does not hold what the link takes.
#[derive(Debug)]
pub struct DecodeError(Box<Undecodable>);

impl std::error::Error for DecodeError {}

/// Boxed, because the good result is not to pay for it.
#[derive(Debug)]
struct Undecodable {
    part: RecordPart,
    expected: &'static str,
    kind: DecodeErrorKind,
    found: LooksLike,
    tags: Vec<(u64, usize)>,
    excerpt: Excerpt,
}

impl Undecodable {
    /// Whether the payload starts as a container or a string of JSON does.
    fn opens_json(&self) -> bool {
        matches!(
            self.excerpt.bytes.trim_ascii_start(),
            [b'{' | b'[' | b'"', ..]
        )
    }
}

/// Which bytes of a record were decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordPart {
    Value,
    Key,
}

/// Why bytes do not hold what the link takes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// There is no value, and the type is no `Option`.
    #[error("there is no value")]
    Tombstone,
    /// There are no bytes, and the type is neither a string nor bytes.
    #[error("only strings and bytes may be empty")]
    Empty,
    /// The payload exceeds [`Limits::payload`](super::Limits::payload).
    #[error("the limit is {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The type is text, and the bytes are not.
    #[error("not UTF-8 from byte {valid_up_to} on")]
    NotUtf8 {
        /// How many bytes at the start are UTF-8.
        valid_up_to: usize,
    },
    /// The bytes are neither tagged CBOR nor text.
    #[error("neither CBOR behind its tag d9d9f7 nor JSON")]
    Binary,
    /// CBOR that is malformed or of another shape.
    #[error("{0}")]
    Cbor(CborError),
    /// JSON that is malformed or of another shape.
    #[error("read as JSON: {0}")]
    Json(serde_json::Error),
    /// JSON that starts with the byte order mark of a text editor.
    #[error("it starts with a byte order mark (BOM), which is no part of JSON")]
    ByteOrderMark,
    /// A number as JSON, for a type that takes anything and would get a float for it.
    #[error("the type would get this number as a 64-bit float, which cannot hold all its digits")]
    Inexact,
    /// The stream's codec holds no values of this type.
    #[error("the codec `{0}` of the stream holds {holds} only", holds = .0.holds())]
    Refused(Codec),
    /// The type nests options without end.
    #[error("the type nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The type itself refused what it was given.
    #[error("{0}")]
    Custom(String),
}

impl de::Error for DecodeErrorKind {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

/// What the bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LooksLike {
    Tombstone,
    Empty,
    Tagged,
    Text,
    Binary,
}

impl DecodeError {
    #[cold]
    pub(super) fn new<T>(part: RecordPart, payload: Option<&[u8]>, kind: DecodeErrorKind) -> Self {
        let found = match payload {
            None => LooksLike::Tombstone,
            Some([]) => LooksLike::Empty,
            Some(bytes) if bytes.starts_with(&cbor::TAG) => LooksLike::Tagged,
            Some(bytes) if std::str::from_utf8(bytes).is_ok() => LooksLike::Text,
            Some(_) => LooksLike::Binary,
        };
        let tags = match (found, payload) {
            (LooksLike::Tagged, Some(payload)) => cbor::tags(payload, cbor::TAG.len(), TAGS),
            _ => Vec::new(),
        };
        Self(Box::new(Undecodable {
            tags,
            part,
            expected: std::any::type_name::<T>(),
            kind,
            found,
            excerpt: Excerpt::new(payload.unwrap_or_default()),
        }))
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The type that was asked for, as the compiler writes it.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.0.expected
    }

    /// What to write instead, where that is known.
    fn advice(&self) -> Option<String> {
        let expected = Short(self.0.expected);
        match (&self.0.kind, self.0.part) {
            (_, RecordPart::Key) => Some("`Electron<V, Bytes>` takes any key".into()),
            (DecodeErrorKind::Tombstone, _) => {
                Some(format!("take `Option<{expected}>` to receive tombstones"))
            }
            (DecodeErrorKind::NotUtf8 { .. } | DecodeErrorKind::Binary, _) => {
                Some("`Bytes` and `&[u8]` take any bytes".into())
            }
            (DecodeErrorKind::ByteOrderMark, _) => Some("let the producer write none".into()),
            (DecodeErrorKind::Inexact, _) => {
                Some("let the producer write it in quotes, or take `String`".into())
            }
            (DecodeErrorKind::Json(error), _) if error.is_syntax() && !self.0.opens_json() => {
                Some("`String` and `&str` take plain text".into())
            }
            (DecodeErrorKind::TooLarge { .. }, _) => None,
            (DecodeErrorKind::Json(error), _) if wants_borrowed(error) => {
                Some("text with escapes cannot be borrowed: take `String` or `Cow<str>`".into())
            }
            _ => None,
        }
    }
}

/// Cuts the middle out of what quotes too much of the payload, as serde does; the position at its
/// end stays.
fn shortened(detail: String) -> String {
    const KEPT: usize = 200;
    if detail.len() <= 3 * KEPT {
        return detail;
    }
    let start = &detail[..detail.floor_char_boundary(KEPT)];
    let end = &detail[detail.ceil_char_boundary(detail.len() - KEPT)..];
    format!("{start} … {end}")
}

/// Whether a borrowed `&str` met a JSON text that had to be unescaped.
fn wants_borrowed(error: &serde_json::Error) -> bool {
    error.is_data() && error.to_string().contains("expected a borrowed string")
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.part {
            RecordPart::Value => "expected `",
            RecordPart::Key => "the key: expected `",
        })?;
        write!(f, "{}`, found {}", Short(self.0.expected), self.0.found)?;
        if !matches!(self.0.kind, DecodeErrorKind::Tombstone) {
            write!(f, ": {}", shortened(self.0.kind.to_string()))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        for (nth, (tag, at)) in self.0.tags.iter().enumerate() {
            let before = if nth == 0 { "; it has tag" } else { ", tag" };
            write!(f, "{before} {tag} at byte {at}")?;
        }
        match self.0.excerpt.total {
            0 => Ok(()),
            _ => write!(f, "; {}", self.0.excerpt),
        }
    }
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tombstone => "a tombstone (no value)",
            Self::Empty => "an empty payload",
            Self::Tagged => "tagged CBOR",
            Self::Text => "text",
            Self::Binary => "binary that is not UTF-8",
        })
    }
}

/// The first bytes of a payload.
#[derive(Debug)]
struct Excerpt {
    bytes: Box<[u8]>,
    total: usize,
}

impl Excerpt {
    fn new(payload: &[u8]) -> Self {
        Self {
            bytes: payload[..payload.len().min(EXCERPT)].into(),
            total: payload.len(),
        }
    }

    /// The bytes as text, if people can read it; a character cut at the end is left out.
    fn text(&self) -> Option<&str> {
        let text = match std::str::from_utf8(&self.bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() && self.bytes.len() < self.total => {
                std::str::from_utf8(&self.bytes[..error.valid_up_to()]).ok()?
            }
            Err(_) => return None,
        };
        let readable = |c: char| !c.is_control() || c.is_ascii_whitespace();
        text.chars().all(readable).then_some(text)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes.len() {
            shown if shown == self.total => f.write_str("the payload is")?,
            shown => write!(f, "the first {shown} of {} bytes are", self.total)?,
        }
        match self.text() {
            Some(text) => write!(f, " {text:?}"),
            None => self.bytes.chunks(4).try_for_each(|group| {
                f.write_str(" ")?;
                group.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }),
        }
    }
}

/// A type's name without the paths of modules: `Vec<String>` for `alloc::vec::Vec<alloc::…>`.
struct Short(&'static str);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let mut rest = self.0;
        while let Some(first) = rest.chars().next() {
            let same = is_path(first);
            let end = rest.find(|c| is_path(c) != same).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            let name = run.rsplit("::").next().filter(|_| same).unwrap_or(run);
            f.write_str(name)?;
            rest = after;
        }
        Ok(())
    }
}

/// A value or a key that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be written{}: {kind}", Short(.written), .part.role())]
pub struct EncodeError {
    part: RecordPart,
    written: &'static str,
    kind: EncodeErrorKind,
}

impl RecordPart {
    fn role(self) -> &'static str {
        match self {
            Self::Value => "",
            Self::Key => " as a key",
        }
    }
}

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The stream's codec takes no values of this form.
    #[error(
        "the codec `{codec}` of the stream takes {holds} only, and this is {found}",
        holds = .codec.holds()
    )]
    Refused {
        /// The stream's codec.
        codec: Codec,
        /// The form of the value.
        found: &'static str,
    },
    /// The stream carries text, and these bytes are none.
    #[error("the codec `text` of the stream takes UTF-8 only, and these bytes are not")]
    NotUtf8,
    /// It could not be read back.
    #[error("it is nested deeper than {MAX_DEPTH} levels, which no link reads")]
    TooDeep,
    /// A `Serialize` implementation announced another number of elements than it wrote.
    #[error("its `Serialize` announces {announced} elements and writes {written}")]
    Count {
        /// What it announced.
        announced: usize,
        /// What it wrote.
        written: usize,
    },
    /// JSON has no form for it that is read as the same again.
    #[error("JSON cannot represent it: {0}")]
    Json(serde_json::Error),
    /// The type itself refused to be written.
    #[error("{0}")]
    Custom(String),
}

impl ser::Error for EncodeErrorKind {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

impl EncodeError {
    #[cold]
    pub(super) fn new<T: ?Sized>(part: RecordPart, kind: EncodeErrorKind) -> Self {
        Self {
            part,
            written: std::any::type_name::<T>(),
            kind,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.kind
    }
}
