//! JSON by `serde_json`, as far as it gives back what it was given.
//!
//! JSON has null, bools, floats, strings, lists and maps by strings. What else serde writes as JSON
//! comes back if the type asks for it, and as something else, in silence, if the type takes anything.
//! So it is written only for the types that are known to ask: numbers and bools as the keys of maps,
//! integers beyond 64 bits, and bytes, which become lists. Never written are floats that are not
//! finite and `Some` of nothing, both of which would be null, and tags of CBOR.

mod number;
mod strict;

use serde::Serialize;

pub(super) use self::number::is_exact;
use self::strict::Strict;
use super::MAX_DEPTH;
use super::error::{DecodeErrorKind, EncodeErrorKind};

pub(super) type Json<'de> = serde_json::Deserializer<serde_json::de::SliceRead<'de>>;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads all of `bytes` with `read`.
#[inline]
pub(super) fn read<'de, T>(
    bytes: &'de [u8],
    read: impl FnOnce(&mut Json<'de>) -> serde_json::Result<T>,
) -> Result<T, DecodeErrorKind> {
    if bytes.is_empty() {
        return Err(DecodeErrorKind::Empty);
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = read(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| match std::str::from_utf8(bytes) {
        Ok(_) if bytes.starts_with(BYTE_ORDER_MARK) => DecodeErrorKind::ByteOrderMark,
        Ok(_) => DecodeErrorKind::Json(error),
        Err(_) => DecodeErrorKind::Binary,
    })
}

/// Appends `value` to `out`; what a failure leaves behind is the caller's to cut.
pub(super) fn write<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), EncodeErrorKind> {
    let start = out.len();
    let mut json = serde_json::Serializer::new(&mut *out);
    let written = value.serialize(Strict::new::<T>(&mut json));
    written.map_err(EncodeErrorKind::Json)?;
    match depth(&out[start..]) {
        0..=MAX_DEPTH => Ok(()),
        _ => Err(EncodeErrorKind::TooDeep),
    }
}

/// How deep the containers of well-formed JSON nest, unless it is too short to matter.
fn depth(json: &[u8]) -> usize {
    if json.len() <= 2 * MAX_DEPTH {
        return 0;
    }
    let (mut depth, mut deepest, mut quoted) = (0usize, 0, false);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' => drop(bytes.next()),
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth -= 1,
            _ => (),
        }
    }
    deepest
}
