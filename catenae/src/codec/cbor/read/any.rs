//! What a type gets that takes anything: tags and floats need a thought there.

use std::any::TypeId;

use ciborium::Value;
use serde::de::Visitor;

use super::access::TagAccess;
use super::{CborError, CborReader, Head, Result, decimal};
use crate::codec::cbor::{self, major};

/// Whether `T` is this type, which may not borrow.
fn is<T: ?Sized, Of: 'static>() -> bool {
    typeid::of::<T>() == TypeId::of::<Of>()
}

/// Gives the item behind `tag`, which was read, to the visitor: with the tag to a `Value`, to
/// anything else without. Serde's own buffers (of tagged and untagged enums, and of what is
/// flattened) take no tags, and fields that nobody wants may have any.
pub(super) fn tagged<'de, V: Visitor<'de>>(
    reader: &mut CborReader<'de>,
    mut start: usize,
    mut tag: u64,
    visitor: V,
) -> Result<V::Value> {
    let is_value = is::<V::Value, Value>();
    if is_value {
        tag = reader.behind_mark(tag)?;
    }
    loop {
        match tag {
            cbor::BIG_POSITIVE | cbor::BIG_NEGATIVE if reader.is_big()? => {
                return reader.visit(start, Head::Tag(tag), visitor);
            }
            _ if is_value => {
                return reader
                    .nested(|reader| visitor.visit_enum(TagAccess::new(reader, Some(tag))));
            }
            cbor::SELF_DESCRIBED if marks_some(reader, start)? => {
                return reader.nested(|reader| visitor.visit_some(reader));
            }
            cbor::DECIMAL => {
                return visitor.visit_string(decimal::decimal(reader, start)?);
            }
            _ => reader.pass(start, tag)?,
        }
        start = reader.at;
        match reader.head()? {
            Head::Tag(next) => tag = next,
            head => return reader.visit(start, head, visitor),
        }
    }
}

/// Whether the self-described tag at `start`, which was read, marks a `Some`: of null, or of
/// what has a mark of its own.
fn marks_some<'de>(reader: &CborReader<'de>, start: usize) -> Result<bool> {
    let next = reader.peek()?;
    if next & 0xe0 != major::TAG {
        return Ok(next == cbor::NULL);
    }
    match reader.payload[reader.at..].starts_with(&cbor::TAG) {
        true => Ok(true),
        false => Err(CborError::new(
            start,
            "a tag that is part of a value would be lost in a type that takes anything, such \
             as a tagged or an untagged enum",
        )),
    }
}

/// Gives a float to the visitor; JSON's `Value` would make null of what is not finite.
#[inline]
pub(super) fn float<'de, V: Visitor<'de>>(
    reader: &mut CborReader<'de>,
    start: usize,
    number: f64,
    visitor: V,
) -> Result<V::Value> {
    if !number.is_finite() && is::<V::Value, serde_json::Value>() {
        let message = format!("a float that is {number} is no value of JSON");
        return Err(CborError::new(start, message));
    }
    reader.visit(start, Head::Float(number), visitor)
}
