//! What stands behind tags, and the integers that tags make.

use serde::de::Visitor;

use super::{CborError, CborReader, Head, Result};
use crate::codec::cbor::{self, major};

impl<'de> CborReader<'de> {
    /// The next item's head behind its tags, but not behind those of a big integer.
    #[inline]
    pub(super) fn untagged(&mut self) -> Result<Head> {
        loop {
            let start = self.at;
            match self.head()? {
                Head::Tag(tag) if self.makes_integer(start, tag)? => return Ok(Head::Tag(tag)),
                Head::Tag(_) => (),
                head => return Ok(head),
            }
        }
    }

    /// Whether `tag`, which stands at `start`, makes an integer of the item behind it; any other
    /// is passed.
    #[cold]
    fn makes_integer(&mut self, start: usize, tag: u64) -> Result<bool> {
        if matches!(tag, cbor::BIG_POSITIVE | cbor::BIG_NEGATIVE) && self.is_big()? {
            return Ok(true);
        }
        self.pass(start, tag).map(|()| false)
    }

    /// Goes on to the item behind `tag`, which stands at `start`, unless it is none without it.
    pub(super) fn pass(&self, start: usize, tag: u64) -> Result<()> {
        match cbor::REFERENCES.contains(&tag) {
            false => Ok(()),
            true => Err(CborError::new(
                start,
                format!("tag {tag} refers to another part of the payload, and is not read"),
            )),
        }
    }

    /// Whether a byte string that fits 128 bits is next.
    pub(super) fn is_big(&mut self) -> Result<bool> {
        let start = self.at;
        let next = self.head()?;
        self.at = start;
        Ok(matches!(next, Head::Bytes(Some(0..=16))))
    }

    /// The tag itself, where `tag`, which was read, may be the mark of one.
    pub(super) fn behind_mark(&mut self, tag: u64) -> Result<u64> {
        if tag == cbor::SELF_DESCRIBED
            && self.peek()? & 0xe0 == major::TAG
            && let Head::Tag(marked) = self.head()?
        {
            return Ok(marked);
        }
        Ok(tag)
    }
}

/// The number that the bytes of an integer beyond 64 bits are.
pub(super) fn big_magnitude<'de>(reader: &mut CborReader<'de>) -> Result<u128> {
    let start = reader.at;
    let Head::Bytes(len) = reader.head()? else {
        return Err(CborError::new(start, "a big integer is no byte string"));
    };
    let bytes = reader.bytes(len)?;
    Ok(bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

/// Gives an integer beyond 64 bits, whose tag was read, to the visitor.
pub(super) fn big<'de, V: Visitor<'de>>(
    reader: &mut CborReader<'de>,
    tag: u64,
    visitor: V,
) -> Result<V::Value> {
    let start = reader.at;
    let number = big_magnitude(reader)?;
    match (tag, i128::try_from(number)) {
        (cbor::BIG_POSITIVE, _) => match u64::try_from(number) {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => visitor.visit_u128(number),
        },
        (_, Ok(number)) => visit_negative(!number, visitor),
        (_, Err(_)) => Err(CborError::new(
            start,
            "an integer is below the 128 bits of `i128`",
        )),
    }
}

pub(super) fn visit_negative<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value> {
    match i64::try_from(number) {
        Ok(number) => visitor.visit_i64(number),
        Err(_) => visitor.visit_i128(number),
    }
}
