//! An array, a map or a tag while it is written.

use serde::ser::{self, Serialize};

use super::{Result, Writer};
use crate::codec::Written;
use crate::codec::cbor::{self, major};
use crate::codec::error::EncodeErrorKind;

/// An array or a map being written.
pub(in crate::codec) struct Collection<'b> {
    pub(super) out: &'b mut Vec<u8>,
    pub(super) depth: usize,
    pub(super) announced: Option<usize>,
    pub(super) written: usize,
    /// The next field is the number of a tag.
    pub(super) tag: bool,
}

impl Collection<'_> {
    #[inline]
    fn writer(&mut self) -> Writer<'_> {
        Writer {
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
        impl ser::$of for Collection<'_> {
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

impl ser::SerializeTupleVariant for Collection<'_> {
    type Ok = Written;
    type Error = EncodeErrorKind;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let at = self.out.len();
        self.item(value)?;
        if std::mem::take(&mut self.tag) {
            // The number was written as a positive integer; a tag differs in its upper bits only.
            match self.out.get_mut(at) {
                Some(first) if *first & 0xe0 == major::POSITIVE => *first |= major::TAG,
                _ => return Err(ser::Error::custom("the number of a tag is not an integer")),
            }
        }
        Ok(())
    }

    fn end(self) -> Result {
        self.close()
    }
}

impl ser::SerializeMap for Collection<'_> {
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
        impl ser::$of for Collection<'_> {
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
