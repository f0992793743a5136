//! What cannot be decoded or encoded, and that the errors say so.

use super::*;
use std::collections::HashMap;

/// Reading `payload` as a `T` fails with this text.
#[track_caller]
pub(super) fn refuses<'de, T>(codec: Codec, payload: Option<&'de [u8]>, expected: &str)
where
    T: Deserialize<'de> + Debug,
{
    assert_eq!(
        codec.decode::<T>(payload).unwrap_err().to_string(),
        expected
    );
}

#[test]
fn what_cannot_be_read() {
    use Codec::{Auto, Bytes as Raw, Cbor, Json, Text};

    refuses::<Order>(
        Auto,
        None,
        "expected `Order`, found a tombstone (no value); take `Option<Order>` to receive tombstones",
    );
    refuses::<&str>(
        Auto,
        None,
        "expected `&str`, found a tombstone (no value); take `Option<&str>` to receive tombstones",
    );
    refuses::<Order>(
        Auto,
        Some(b""),
        "expected `Order`, found an empty payload: only strings and bytes may be empty",
    );
    refuses::<String>(
        Auto,
        Some(b"abc\xff\x00"),
        "expected `String`, found binary that is not UTF-8: not UTF-8 from byte 3 on; \
         `Bytes` and `&[u8]` take any bytes; the payload is 616263ff 00",
    );
    refuses::<Vec<String>>(
        Auto,
        Some(b"\x82\xff"),
        "expected `Vec<String>`, found binary that is not UTF-8: neither CBOR behind its tag \
         d9d9f7 nor JSON; `Bytes` and `&[u8]` take any bytes; the payload is 82ff",
    );
    refuses::<Order>(
        Auto,
        Some(b"{\"id\": \"7\"}"),
        "expected `Order`, found text: read as JSON: invalid type: string \"7\", expected u64 \
         at line 1 column 10; the payload is \"{\\\"id\\\": \\\"7\\\"}\"",
    );
    refuses::<(u8, bool)>(
        Auto,
        Some(b"[1, true] x"),
        "expected `(u8, bool)`, found text: read as JSON: trailing characters at line 1 column 11; \
         the payload is \"[1, true] x\"",
    );
    refuses::<Order>(
        Auto,
        Some(&hex("d9d9f7 a1 626964")),
        "expected `Order`, found tagged CBOR: the payload ends early: 0 of 1 due bytes are left \
         at byte 7; the payload is d9d9f7a1 626964",
    );
    refuses::<String>(
        Auto,
        Some(&hex("d9d9f7 01")),
        "expected `String`, found tagged CBOR: invalid type: integer `1`, expected a string \
         at byte 4; the payload is d9d9f701",
    );
    refuses::<Borrowed<'_>>(
        Auto,
        Some(b"{\"text\": \"\\n\"}"),
        "expected `Borrowed<'_>`, found text: read as JSON: invalid type: string \"\\n\", expected a \
         borrowed string at line 1 column 13; text with escapes cannot be borrowed: take \
             `String` or `Cow<str>`; the payload is \"{\\\"text\\\": \\\"\\\\n\\\"}\"",
    );
    refuses::<u64>(
        Text,
        Some(b"1"),
        "expected `u64`, found text: the codec `text` of the stream holds strings only; \
         the payload is \"1\"",
    );
    refuses::<Order>(
        Raw,
        Some(b"1"),
        "expected `Order`, found text: the codec `bytes` of the stream holds bytes and strings \
         only; the payload is \"1\"",
    );
    refuses::<&[u8]>(
        Json,
        Some(b"{"),
        "expected `&[u8]`, found text: read as JSON: invalid type: map, expected a borrowed byte \
         array at line 1 column 0; the payload is \"{\"",
    );
    refuses::<u8>(
        Cbor,
        Some(&hex("d9d9f7")),
        "expected `u8`, found tagged CBOR: the payload ends early: 0 of 1 due bytes are left \
         at byte 3; the payload is d9d9f7",
    );
}

/// CBOR behind the tag that no type takes.
#[track_caller]
fn malformed<T: DeserializeOwned + Debug>(digits: &str, expected: &str) {
    let payload = hex(&format!("d9d9f7 {digits}"));
    let error = Codec::Auto.decode::<T>(Some(&payload)).unwrap_err();
    let DecodeErrorKind::Cbor(error) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(error.to_string(), expected);
}

/// What other programs put on streams, by the first bytes of it: the payload is shown, so that one sees which.
#[test]
fn formats_of_others_are_shown_in_bytes() {
    let check = |payload: &[u8], shown: &str| {
        let error = Codec::Auto.decode::<Order>(Some(payload)).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("`Order`") && error.contains(shown),
            "{error}"
        );
    };
    // Behind the five bytes of a schema registry: text in JSON is still text.
    check(b"\0\0\0\0\x01{\"id\":1}", "00000000 017b2269");
    check(b"\0\0\0\0\x07\x02\x0cbroken\xff", "00000000 07020c62");
    check(b"\x82\xa2id\x01", "82a26964 01");
    check(b"\xac\xed\x00\x05sr", "aced0005 7372");
    check(b"\x1f\x8b\x08\x00", "1f8b0800");
}

#[test]
fn malformed_cbor() {
    malformed::<u8>(
        "01 02 03",
        "the value ends before the payload, bytes left over: 2 at byte 4",
    );
    malformed::<u8>("1c", "no CBOR item starts with 0x1c at byte 3");
    malformed::<u8>("3f", "no CBOR item starts with 0x3f at byte 3");
    malformed::<u8>("ff", "a break ends nothing at byte 3");
    malformed::<Value>("f0", "simple value 16 has no meaning at byte 3");
    malformed::<u8>(
        "19 01",
        "the payload ends early: 1 of 2 due bytes are left at byte 4",
    );
    malformed::<u8>(
        "19 0100",
        "invalid value: integer `256`, expected u8 at byte 6",
    );
    malformed::<String>("62 61ff", "a text is not valid UTF-8 at byte 5");
    malformed::<String>("7f 4161 ff", "a part of a text is no text at byte 4");
    malformed::<Value>(
        "5f",
        "the payload ends early: 0 of 1 due bytes are left at byte 4",
    )
}

#[test]
fn malformed_collections() {
    const NAMES: &str = "65 506f696e74";
    malformed::<(u8, u8)>(
        "83 01 02 03",
        "more elements follow than the type has at byte 6",
    );
    malformed::<(u8, u8)>(
        "9f 01 02 03 ff",
        "more elements follow than the type has at byte 6",
    );
    malformed::<[i8; 2]>(
        "81 01",
        "invalid length 1, expected an array of length 2 at byte 5",
    );
    malformed::<[i8; 2]>(
        "43 010203",
        "invalid length 3, expected 2 elements in sequence at byte 7",
    );
    malformed::<Shape>(
        "66 436972636c65",
        "invalid type: unit variant, expected newtype variant at byte 10",
    );
    malformed::<Shape>(
        &format!("bf {NAMES} f6 {NAMES} f6 ff"),
        "a second entry follows a variant at byte 11",
    );
    malformed::<Shape>(
        "82 01 02",
        "an enum is a text (the variant's name), or a map of one entry (name and content) at byte 3",
    );
    malformed::<Value>(
        "c3 50 ffffffffffffffffffffffffffffffff",
        "an integer is below the 128 bits of `i128` at byte 4",
    );
}

#[test]
fn long_payloads_are_cut() {
    let long = "ä".repeat(40);
    let error = Codec::Auto
        .decode::<u8>(Some(long.as_bytes()))
        .unwrap_err()
        .to_string();
    let shown = format!("the first 64 of 80 bytes are \"{}\"", "ä".repeat(32));
    assert!(error.ends_with(&shown), "{error}");
    let long = format!("x{long}");
    let error = Codec::Auto
        .decode::<u8>(Some(long.as_bytes()))
        .unwrap_err()
        .to_string();
    let shown = format!("the first 64 of 81 bytes are \"x{}\"", "ä".repeat(31));
    assert!(error.ends_with(&shown), "{error}");
}

#[test]
fn long_quotations_are_cut() {
    let payload = format!("\"{}\"", "ä".repeat(100_000));
    let error = Codec::Auto.decode::<Shape>(Some(payload.as_bytes()));
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("unknown variant `ää") && error.contains(" … "),
        "{error}"
    );
    assert!(error.contains(" at line 1 column 200002"), "{error}");
    assert!(error.len() < 1000, "{error}");
}

/// Writing `value` fails with this text.
#[track_caller]
fn unwritable<T: Serialize + ?Sized>(codec: Codec, value: &T, expected: &str) {
    assert_eq!(codec.encode(value).unwrap_err().to_string(), expected);
}

struct Liar;

impl Serialize for Liar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;

        let mut seq = serializer.serialize_seq(Some(2))?;
        seq.serialize_element(&1)?;
        seq.end()
    }
}

#[test]
fn what_cannot_be_written() {
    unwritable(
        Codec::Text,
        &order(),
        "`Order` cannot be written: the codec `text` of the stream takes strings only, and this is \
         a struct",
    );
    unwritable(
        Codec::Bytes,
        &HashMap::from([(1, 2)]),
        "`HashMap<i32, i32>` cannot be written: the codec `bytes` of the stream takes bytes and \
         strings only, and this is a map",
    );
    unwritable(
        Codec::Text,
        &Bytes::from_static(b"\xff"),
        "`Bytes` cannot be written: the codec `text` of the stream takes UTF-8 only, and these \
         bytes are not",
    );
    unwritable(
        Codec::Json,
        &HashMap::from([(vec![1u8], 2)]),
        "`HashMap<Vec<u8>, i32>` cannot be written: JSON cannot represent it: key must be a string",
    );
    unwritable(
        Codec::Json,
        &Some(None::<u8>),
        "`Option<Option<u8>>` cannot be written: JSON cannot represent it: `None` in a `Some` is null, \
         and would be read as `None`",
    );
    unwritable(
        Codec::Json,
        &[f64::NAN],
        "`[f64; 1]` cannot be written: JSON cannot represent it: a float that is NaN would be null",
    );
    unwritable(
        Codec::Json,
        &-f32::INFINITY,
        "`f32` cannot be written: JSON cannot represent it: a float that is -inf would be null",
    );
    unwritable(
        Codec::Json,
        &HashMap::from([(Either::Number(1), 1)]),
        "`HashMap<Either, i32>` cannot be written: JSON cannot represent it: the key of a map is an \
         integer, and its type is not known to read it from a string: use a number of the standard \
         library, a newtype of one that is not `transparent`, or text",
    );
    unwritable(
        Codec::Json,
        &Value::Bytes(vec![1]),
        "`Value` cannot be written: JSON cannot represent it: binary would be a list of numbers, and \
         its type is not known to read it back: use `Bytes`, a list, or text",
    );
    unwritable(
        Codec::Text,
        &Value::Bytes(vec![b'x']),
        "`Value` cannot be written: the codec `text` of the stream takes strings only, and this is \
         binary of a type of its own",
    );
    unwritable(
        Codec::Bytes,
        &Value::Text("x".into()),
        "`Value` cannot be written: the codec `bytes` of the stream takes bytes and strings only, \
         and this is text of a type that is no string",
    );
    unwritable(
        Codec::Auto,
        &Liar,
        "`Liar` cannot be written: its `Serialize` announces 2 elements and writes 1",
    );
}
