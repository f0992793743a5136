//! An array, a map or a tag while it is written.

use serde::ser::{self, Serialize};

use super::{CborWriter, Result};
use crate::codec::Written;
use crate::codec::cbor::{self, major};
use crate::codec::error::EncodeErrorKind;

const BIG_POSITIVE: u8 = cbor::BIG_POSITIVE as u8;
const BIG_NEGATIVE: u8 = cbor::BIG_NEGATIVE as u8;

/// Whether an item is bytes that make an integer of 64 bits, or that start with a needless zero.
fn is_small(item: &[u8]) -> bool {
    match item {
        [head, bytes @ ..] if (major::BYTES..=major::BYTES | 16).contains(head) => {
            bytes.len() <= 8 || bytes[0] == 0
        }
        _ => false,
    }
}

/// An array or a map being written.
pub(in crate::codec) struct CborCollection<'b> {
    pub(super) out: &'b mut Vec<u8>,
    pub(super) depth: usize,
    pub(super) announced: Option<usize>,
    pub(super) written: usize,
    pub(super) tag: Tag,
}

/// What of a tag is due next.
#[derive(Clone, Copy)]
pub(super) enum Tag {
    /// It is no tag, or its number is written.
    None,
    /// Its number.
    Due,
    /// The bytes of a big integer.
    Big,
}

impl CborCollection<'_> {
    #[inline]
    fn writer(&mut self) -> CborWriter<'_> {
        CborWriter {
            out: &mut *self.out,
            depth: self.depth,
        }
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.written += 1;
        value.serialize(self.writer()).map(drop)
    }

    /// Closes it; an announced length that was not kept would poison the stream.
    #[inline]
    fn close(self) -> Result {
        match self.announced {
            None => self.out.push(cbor::BREAK),
            Some(announced) if announced == self.written => (),
            Some(announced) => {
                return Err(EncodeErrorKind::Count {
                    announced,
                    written: self.written,
                });
            }
        }
        Ok(Written::Bytes)
    }
}

macro_rules! sequence {
    ($($of:ident.$method:ident),*) => {$(
        impl ser::$of for CborCollection<'_> {
            type Ok = Written;
            type Error = EncodeErrorKind;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result {
                self.close()
            }
        }
    )*};
}

sequence!(
    SerializeSeq.serialize_element,
    SerializeTuple.serialize_element,
    SerializeTupleStruct.serialize_field
);

impl ser::SerializeTupleVariant for CborCollection<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let at = self.out.len();
        self.item(value)?;
        match std::mem::replace(&mut self.tag, Tag::None) {
            Tag::None => (),
            // The number was written as a positive integer; a tag differs in its upper bits only.
            Tag::Due => match self.out.get_mut(at) {
                Some(first) if *first & 0xe0 == major::POSITIVE => {
                    *first |= major::TAG;
                    if matches!(*first & 0x1f, BIG_POSITIVE | BIG_NEGATIVE) {
                        self.tag = Tag::Big;
                    }
                }
                _ => return Err(ser::Error::custom("the number of a tag is not an integer")),
            },
            Tag::Big if is_small(&self.out[at..]) => {
                return Err(ser::Error::custom(
                    "a tag makes a big integer out of bytes that hold a small one, so it would \
                     be read back as the small one",
                ));
            }
            Tag::Big => (),
        }
        Ok(())
    }

    fn end(self) -> Result {
        self.close()
    }
}

impl ser::SerializeMap for CborCollection<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.item(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(self.writer()).map(drop)
    }

    #[inline]
    fn end(self) -> Result {
        self.close()
    }
}

macro_rules! structure {
    ($($of:ident),*) => {$(
        impl ser::$of for CborCollection<'_> {
            type Ok = Written;
            type Error = EncodeErrorKind;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<()> {
                self.writer().text(key);
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result {
                self.close()
            }
        }
    )*};
}

structure!(SerializeStruct, SerializeStructVariant);
