//! What must hold for any bytes that reach the decoder; shared by the fuzz target and a test.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use catenae::{Codec, Value};
use serde::{Deserialize, Serialize};

/// Every form of serde's data model in one recursive type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tree {
    Unit,
    Newtype(Box<Tree>),
    Tuple(i64, f64, char),
    Struct {
        text: String,
        bytes: Bytes,
        maybe: Option<Box<Tree>>,
    },
    Many(Vec<Tree>),
    Map(BTreeMap<i32, Tree>),
    Wide(u128, i128, u8, i8),
    Empty(()),
}

/// A type that buffers what it reads, as untagged and flattened types do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Either {
    Number(i64),
    Text(String),
    Pair(String, Option<bool>),
    Named(Named),
}

/// A type that takes fields as they come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Either>,
}

/// A type that borrows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Line<'l> {
    text: &'l str,
    #[serde(borrow)]
    more: Cow<'l, str>,
    at: Option<u64>,
}

const CODECS: [Codec; 5] = [
    Codec::Auto,
    Codec::Cbor,
    Codec::Json,
    Codec::Text,
    Codec::Bytes,
];

/// Reads `payload` as a type; what was read is written, and read as the same again.
macro_rules! same_again {
    ($of:ty, $payload:expr, $codec:expr) => {
        match $codec.decode::<$of>(Some($payload)) {
            Err(error) => assert!(error.to_string().len() < 4096, "{error}"),
            Ok(first) => {
                let written = $codec.encode(&first);
                let written = written.unwrap_or_else(|error| panic!("{error}: {:?}", $payload));
                let second = $codec.decode::<$of>(written.as_deref());
                let second = second.unwrap_or_else(|error| panic!("{error}: {:?}", $payload));
                // As text, because a float that is not a number equals nothing.
                assert_eq!(
                    format!("{second:?}"),
                    format!("{first:?}"),
                    "{:?}",
                    $payload
                );
            }
        }
    };
}

/// Decodes `data` (a codec in its first byte, then a payload) as all sorts of types.
///
/// # Panics
/// When something does not hold, besides not panicking itself: what is read and written again is
/// read as the same; and `ciborium` reads the same value from the same CBOR.
pub fn decode(data: &[u8]) {
    let Some((selector, payload)) = data.split_first() else {
        return;
    };
    let codec = CODECS[usize::from(*selector) % CODECS.len()];
    same_again!(Tree, payload, codec);
    same_again!(Named, payload, codec);
    same_again!(String, payload, codec);
    same_again!(Bytes, payload, codec);
    same_again!(Vec<u8>, payload, codec);
    same_again!(Option<[u8; 4]>, payload, codec);
    same_again!((u8, i32, bool), payload, codec);
    same_again!(Vec<Option<u64>>, payload, codec);
    same_again!((), payload, codec);
    if codec != Codec::Json {
        // A text that JSON escapes cannot be borrowed.
        same_again!(Line<'_>, payload, codec);
    }
    if codec != Codec::Bytes {
        // It takes bytes for a text there, and a text of its own is not written as bytes.
        same_again!(Either, payload, codec);
        same_again!(serde_json::Value, payload, codec);
        same_again!(Option<Option<String>>, payload, codec);
    }
    same_again!(Option<Option<()>>, payload, codec);
    if codec != Codec::Text {
        // It takes any text for bytes, and writes none of a type that is not known as bytes.
        same_again!(Option<Option<Bytes>>, payload, codec);
    }
    let _ = codec.decode::<&str>(Some(payload));
    let _ = codec.decode::<Either>(Some(payload));
    value_as_ciborium_reads_it(payload, codec);
}

fn value_as_ciborium_reads_it(payload: &[u8], codec: Codec) {
    let cbor = match (codec, payload) {
        (Codec::Auto | Codec::Cbor, [0xd9, 0xd9, 0xf7, cbor @ ..]) => cbor,
        (Codec::Cbor, cbor) => cbor,
        _ => return,
    };
    let ours = codec.decode::<Value>(Some(payload));
    let mut rest = cbor;
    let theirs = ciborium::from_reader::<Value, _>(&mut rest);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            if !has_tags(&theirs) {
                assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{payload:?}");
            }
            let written = Codec::Cbor.encode(&ours).expect("it was read");
            if let Some(written) = written {
                let mut theirs = vec![0xd9, 0xd9, 0xf7];
                ciborium::into_writer(&ours, &mut theirs).expect("a vector takes all bytes");
                if !has_tags(&ours) {
                    assert_eq!(written, theirs, "{payload:?}");
                }
                let again: Value = codec.decode(Some(&written)).expect("it was written");
                assert_eq!(format!("{again:?}"), format!("{ours:?}"), "{payload:?}");
            }
        }
        (Err(ours), Ok(theirs)) if rest.is_empty() => {
            let ours = ours.to_string();
            // It allows 256 levels, and parts of strings that have parts themselves.
            let known = ours.contains("deeper") || ours.contains("a part of a");
            assert!(known, "{ours}, but {theirs:?}: {payload:?}");
        }
        _ => (),
    }
}

/// Before a tag that is part of a value stands a mark, which `ciborium` does not know.
fn has_tags(value: &Value) -> bool {
    match value {
        Value::Tag(..) => true,
        Value::Array(values) => values.iter().any(has_tags),
        Value::Map(entries) => entries
            .iter()
            .any(|(key, value)| has_tags(key) || has_tags(value)),
        _ => false,
    }
}
