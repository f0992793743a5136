//! The deserializer that reads CBOR from a slice: borrowed, bounded, exact about what is wrong.

mod access;
mod any;
mod decimal;
mod error;
mod tags;
mod typed;

use std::borrow::Cow;

use serde::de::Visitor;

use self::access::Elements;
pub use self::error::CborError;
use super::{float, major};
use crate::codec::MAX_DEPTH;

type Result<T> = std::result::Result<T, CborError>;

/// Reads the one item that `payload` holds from `start` on, with `read`.
///
/// # Errors
/// What does not fit or is malformed, and bytes behind the item.
pub(in crate::codec) fn from_slice<'de, T>(
    payload: &'de [u8],
    start: usize,
    read: impl FnOnce(&mut CborReader<'de>) -> Result<T>,
) -> Result<T> {
    let mut reader = CborReader::new(payload, start);
    let value = read(&mut reader).map_err(|error| error.or_at(reader.at))?;
    match reader.left() {
        0 => Ok(value),
        left => Err(CborError::new(
            reader.at,
            format!("the value ends before the payload, bytes left over: {left}"),
        )),
    }
}

/// The tags in `payload` from `start` on, and where they stand: up to `most` of them, for errors.
pub(in crate::codec) fn tags(payload: &[u8], start: usize, most: usize) -> Vec<(u64, usize)> {
    let mut reader = CborReader::new(payload, start);
    let mut tags = Vec::new();
    // Items follow each other however they nest.
    while tags.len() < most {
        let at = reader.at;
        match reader.head() {
            Err(_) => break,
            Ok(Head::Tag(tag)) if tag != super::SELF_DESCRIBED => tags.push((tag, at)),
            Ok(Head::Bytes(Some(len)) | Head::Text(Some(len))) => reader.at += len,
            Ok(_) => (),
        }
    }
    tags
}

/// The head of an item; lengths are `None` where a break ends the item.
#[derive(Clone, Copy)]
enum Head {
    Positive(u64),
    /// Minus one minus the number.
    Negative(u64),
    Bytes(Option<usize>),
    Text(Option<usize>),
    Array(Option<usize>),
    Map(Option<usize>),
    Tag(u64),
    Float(f64),
    Simple(u8),
    Break,
}

/// A position in a payload.
pub(in crate::codec) struct CborReader<'de> {
    payload: &'de [u8],
    at: usize,
    depth: usize,
    /// How many options were opened at which position: a type may nest them without end for not
    /// one byte.
    options: (usize, usize),
}

impl<'de> CborReader<'de> {
    #[inline]
    fn new(payload: &'de [u8], start: usize) -> Self {
        Self {
            payload,
            at: start,
            depth: 0,
            options: (0, start),
        }
    }

    #[inline]
    fn left(&self) -> usize {
        self.payload.len() - self.at
    }

    #[cold]
    fn ends_early(&self, wanted: usize) -> CborError {
        let left = self.left();
        let message = format!("the payload ends early: {left} of {wanted} due bytes are left");
        CborError::new(self.at, message)
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'de [u8]> {
        match self.payload[self.at..].split_at_checked(len) {
            Some((taken, _)) => {
                self.at += len;
                Ok(taken)
            }
            None => Err(self.ends_early(len)),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.payload[self.at..].first_chunk() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(self.ends_early(N)),
        }
    }

    #[inline]
    fn peek(&self) -> Result<u8> {
        match self.payload.get(self.at) {
            Some(byte) => Ok(*byte),
            None => Err(self.ends_early(1)),
        }
    }

    /// Reads the head of the next item; a length it announces is there.
    #[inline]
    fn head(&mut self) -> Result<Head> {
        let start = self.at;
        let [first] = self.array()?;
        let low = first & 0x1f;
        let number = match low {
            0..=23 => u64::from(low),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            super::INDEFINITE => return self.unending(start, first),
            _ => return Err(malformed(start, first)),
        };
        let head = match first & 0xe0 {
            major::POSITIVE => Head::Positive(number),
            major::NEGATIVE => Head::Negative(number),
            major::BYTES => Head::Bytes(Some(self.length(start, number, 1)?)),
            major::TEXT => Head::Text(Some(self.length(start, number, 1)?)),
            major::ARRAY => Head::Array(Some(self.length(start, number, 1)?)),
            major::MAP => Head::Map(Some(self.length(start, number, 2)?)),
            major::TAG => Head::Tag(number),
            _ => match first {
                super::HALF => Head::Float(float::from_half(number as u16)),
                super::SINGLE => Head::Float(f64::from(f32::from_bits(number as u32))),
                super::DOUBLE => Head::Float(f64::from_bits(number)),
                _ => Head::Simple(number as u8),
            },
        };
        Ok(head)
    }

    fn unending(&self, start: usize, first: u8) -> Result<Head> {
        match first & 0xe0 {
            major::BYTES => Ok(Head::Bytes(None)),
            major::TEXT => Ok(Head::Text(None)),
            major::ARRAY => Ok(Head::Array(None)),
            major::MAP => Ok(Head::Map(None)),
            _ if first == super::BREAK => Ok(Head::Break),
            _ => Err(malformed(start, first)),
        }
    }

    /// Checks an announced length against what is left, where an entry takes `least` bytes.
    #[inline]
    fn length(&self, start: usize, number: u64, least: usize) -> Result<usize> {
        match usize::try_from(number) {
            Ok(len) if len <= self.left() / least => Ok(len),
            _ => {
                let left = self.left();
                let message = format!("a length of {number} is announced, bytes left: {left}");
                Err(CborError::new(start, message))
            }
        }
    }

    /// Whether the next byte ends an item of unannounced length; then it is taken.
    #[inline]
    fn at_break(&mut self) -> Result<bool> {
        let ends = self.peek()? == super::BREAK;
        self.at += usize::from(ends);
        Ok(ends)
    }

    #[inline]
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep(self.at));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// The content of a byte string.
    fn bytes(&mut self, len: Option<usize>) -> Result<Cow<'de, [u8]>> {
        if let Some(len) = len {
            return self.take(len).map(Cow::Borrowed);
        }
        let mut joined = Vec::new();
        while !self.at_break()? {
            let start = self.at;
            match self.head()? {
                Head::Bytes(Some(len)) => joined.extend_from_slice(self.take(len)?),
                _ => {
                    return Err(CborError::new(
                        start,
                        "a part of a byte string is no byte string",
                    ));
                }
            }
        }
        Ok(Cow::Owned(joined))
    }

    #[inline]
    fn str_part(&mut self, len: usize) -> Result<&'de str> {
        let start = self.at;
        std::str::from_utf8(self.take(len)?).map_err(|error| {
            let at = start + error.valid_up_to();
            CborError::new(at, "a text is not valid UTF-8")
        })
    }

    /// The content of a text.
    #[inline]
    fn text(&mut self, len: Option<usize>) -> Result<Cow<'de, str>> {
        if let Some(len) = len {
            return self.str_part(len).map(Cow::Borrowed);
        }
        let mut joined = String::new();
        while !self.at_break()? {
            let start = self.at;
            match self.head()? {
                Head::Text(Some(len)) => joined.push_str(self.str_part(len)?),
                _ => return Err(CborError::new(start, "a part of a text is no text")),
            }
        }
        Ok(Cow::Owned(joined))
    }

    /// Gives the item behind `head` to the visitor, as what it is.
    #[inline]
    fn visit<V: Visitor<'de>>(&mut self, start: usize, head: Head, visitor: V) -> Result<V::Value> {
        match head {
            Head::Positive(number) => visitor.visit_u64(number),
            Head::Negative(inverse) => tags::visit_negative(!i128::from(inverse), visitor),
            Head::Bytes(len) => match self.bytes(len)? {
                Cow::Borrowed(bytes) => visitor.visit_borrowed_bytes(bytes),
                Cow::Owned(bytes) => visitor.visit_byte_buf(bytes),
            },
            Head::Text(len) => match self.text(len)? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Head::Array(len) => self.nested(|reader| {
                let mut elements = Elements::new(reader, len);
                let value = visitor.visit_seq(&mut elements)?;
                elements.finish().map(|()| value)
            }),
            Head::Map(len) => self.nested(|reader| {
                let mut entries = Elements::new(reader, len);
                let value = visitor.visit_map(&mut entries)?;
                entries.finish().map(|()| value)
            }),
            Head::Tag(tag) => tags::big(self, tag, visitor),
            Head::Float(number) => visitor.visit_f64(number),
            Head::Simple(20) => visitor.visit_bool(false),
            Head::Simple(21) => visitor.visit_bool(true),
            // Not `visit_none`, which a buffered `()` refuses; an `Option` takes either.
            Head::Simple(22 | 23) => visitor.visit_unit(),
            Head::Simple(other) => {
                let message = format!("simple value {other} has no meaning");
                Err(CborError::new(start, message))
            }
            Head::Break => Err(CborError::new(start, "a break ends nothing")),
        }
    }

    /// Gives the next item, behind its tags, to the visitor.
    fn typed<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.at;
        let head = self.untagged()?;
        self.visit(start, head, visitor)
    }

    /// The text that is next, if it is one of less than 24 bytes.
    #[inline]
    fn short_text(&mut self) -> Option<Result<&'de str>> {
        match self.payload.get(self.at) {
            Some(first @ 0x60..=0x77) => {
                self.at += 1;
                Some(self.str_part(usize::from(first & 0x1f)))
            }
            _ => None,
        }
    }

    /// The positive integer that is next, if it is one of less than 24, or of two bytes.
    #[inline]
    fn positive(&mut self) -> Option<Result<u64>> {
        let (number, len) = match self.payload[self.at..] {
            [number @ 0..=23, ..] => (number, 1),
            [24, number, ..] => (number, 2),
            _ => return None,
        };
        self.at += len;
        Some(Ok(u64::from(number)))
    }

    /// Steps over the next item without making anything of it.
    fn skip(&mut self) -> Result<()> {
        let start = self.at;
        let head = loop {
            match self.head()? {
                Head::Tag(_) => (),
                head => break head,
            }
        };
        match head {
            Head::Bytes(Some(len)) | Head::Text(Some(len)) => self.take(len).map(drop),
            Head::Bytes(None) => self.bytes(None).map(drop),
            Head::Text(None) => self.text(None).map(drop),
            Head::Array(len) => self.nested(|reader| Elements::new(reader, len).skip(1)),
            Head::Map(len) => self.nested(|reader| Elements::new(reader, len).skip(2)),
            Head::Break => Err(CborError::new(start, "a break ends nothing")),
            Head::Positive(_) | Head::Negative(_) | Head::Float(_) => Ok(()),
            Head::Tag(_) | Head::Simple(_) => Ok(()),
        }
    }
}

#[cold]
fn malformed(at: usize, first: u8) -> CborError {
    CborError::new(at, format!("no CBOR item starts with {first:#04x}"))
}

#[cold]
fn too_deep(at: usize) -> CborError {
    CborError::new(
        at,
        format!("the value is nested deeper than {MAX_DEPTH} levels"),
    )
}
