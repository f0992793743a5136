//! What was written is read as the same, or one of the two refuses it.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::*;

const CODECS: [Codec; 5] = [
    Codec::Auto,
    Codec::Cbor,
    Codec::Json,
    Codec::Text,
    Codec::Bytes,
];

/// What became of a value: it came back, or the side that refused it.
///
/// # Panics
/// Another value came back.
pub(super) fn outcome<T>(part: RecordPart, codec: Codec, value: &T) -> &'static str
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut written = Vec::new();
    let payload = match append(part, value, codec, &mut written) {
        Err(_) => return "unwritable",
        Ok(Written::Tombstone) => None,
        Ok(Written::Bytes) => Some(&*written),
    };
    match take::<T>(part, payload, codec, Limits::default()) {
        Err(_) => "unreadable",
        Ok(read) if read == *value => "kept",
        Ok(read) => panic!("{value:?} as {codec} {part:?} came back as {read:?}: {written:02x?}"),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Field<T> {
    before: u8,
    value: T,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Newtype<T>(T);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
struct Transparent<T>(T);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internally<T> {
    Of { value: T },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "content")]
enum Adjacently<T> {
    Of(T),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged<T> {
    Named { id: u8, value: T },
    Bare(T),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Externally<T> {
    Of(T),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, T>,
}

/// Inside of whatever serde puts around it, with each codec, it does not change.
fn inside<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + Clone,
{
    let some = || value.clone();
    for codec in CODECS {
        let of = RecordPart::Value;
        outcome(of, codec, &Some(some()));
        outcome(of, codec, &Some(Some(some())));
        outcome(of, codec, &vec![some()]);
        outcome(of, codec, &[Some(some()), None]);
        outcome(of, codec, &[Some(Some(some())), Some(None), None]);
        outcome(of, codec, &Newtype(some()));
        outcome(of, codec, &Transparent(some()));
        outcome(of, codec, &Some(Newtype(some())));
        outcome(of, codec, &Some(Transparent(Some(some()))));
        outcome(of, codec, &HashMap::from([(String::new(), some())]));
        outcome(of, codec, &Externally::Of(some()));
        let field = Field {
            before: 1,
            value: some(),
        };
        outcome(of, codec, &field);
        outcome(of, codec, &Internally::Of { value: some() });
        outcome(of, codec, &Internally::Of { value: field });
        outcome(
            of,
            codec,
            &Internally::Of {
                value: Some(Some(some())),
            },
        );
        outcome(of, codec, &Adjacently::Of(some()));
        outcome(of, codec, &Adjacently::Of(Some(some())));
        outcome(
            of,
            codec,
            &Untagged::Named {
                id: 1,
                value: some(),
            },
        );
        outcome(of, codec, &Untagged::Bare(some()));
        outcome(of, codec, &Untagged::Bare(Some(some())));
        outcome(
            of,
            codec,
            &Flat {
                id: 1,
                rest: BTreeMap::from([("x".to_owned(), some())]),
            },
        );
    }
    outcome(RecordPart::Key, Codec::Auto, &Some(value.clone()));
    outcome(RecordPart::Key, Codec::Auto, &Newtype(value.clone()));
    outcome(RecordPart::Key, Codec::Auto, &Transparent(value.clone()));
}

/// Kept (`+`), refused by the writer (`w`) or by the reader (`r`): as a whole value with each codec
/// (auto, cbor, json, text, bytes), and as a key.
#[track_caller]
fn whole<T>(value: T, expected: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + Clone,
{
    let mut found = CODECS
        .map(|codec| outcome(RecordPart::Value, codec, &value))
        .to_vec();
    found.push(outcome(RecordPart::Key, Codec::Auto, &value));
    let letters: String = found
        .iter()
        .map(|outcome| match *outcome {
            "kept" => '+',
            "unwritable" => 'w',
            _ => 'r',
        })
        .collect();
    assert_eq!(letters, expected, "{value:?}");
}

/// The other shapes stand in the property `catenae/tests/round_trip.rs`.
#[test]
fn inside_of_other_types() {
    inside(&"12.50".parse::<Decimal>().unwrap());
    inside(&Any::Text("12".into()));
    inside(&Value::Tag(1, Box::new(Value::Null)));
    inside(&Some(Value::Null));
    inside(&String::from("null"));
    inside(&Bytes::from_static(b"\xd9\xd9\xf7\xf6"));
    inside(&7.038531e-26f32);
    inside(&Transparent(u128::MAX));
}

/// A type that writes one thing and takes anything, as untagged enums are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Bool(bool),
    Number(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Any>),
    Nothing,
}

#[test]
fn what_writes_text_and_takes_anything() {
    for digits in [
        "123456789.123456789",
        "79228162514264337593543950335",
        "-0.0000000000000000000000000001",
        "12.50",
        "0",
        "-7",
    ] {
        whole(digits.parse::<Decimal>().unwrap(), "++++w+");
    }
    for text in [
        "12",
        "true",
        "1e5",
        "null",
        "",
        " ",
        "1.50",
        "{}",
        "[1",
        "\"x\"",
        "nul",
        "\u{feff}1",
        "x y",
    ] {
        whole(Any::Text(text.into()), "++++w+");
        whole(Value::Text(text.into()), "++++w+");
        whole(json!(text), "++++w+");
        whole(Name(text.into()), "++++w+");
        whole(Transparent(text.to_owned()), "++++w+");
        whole(text.to_owned(), "++++++");
    }
}

#[test]
fn the_rest_of_what_takes_anything() {
    whole(Any::Number(12), "+++ww+");
    whole(Any::Signed(-1), "+++ww+");
    whole(Any::Float(-0.5), "+++ww+");
    whole(Any::Nothing, "+++ww+");
    whole(
        Any::List(vec![Any::Text("1".into()), Any::Number(1)]),
        "+++ww+",
    );
    whole(Value::Bytes(b"12".to_vec()), "++ww++");
    whole(Value::Null, "+++ww+");
    whole(Value::Integer((-1).into()), "+++ww+");
    whole(Value::Integer(u64::MAX.into()), "+++ww+");
    let wide = ciborium::value::Integer::try_from(-18_446_744_073_709_551_616i128).unwrap();
    whole(Value::Integer(wide), "++www+");
    let tag = |tag, value| Value::Tag(tag, Box::new(value));
    whole(tag(0, Value::Text("2024-05-06".into())), "++www+");
    whole(tag(1, Value::Null), "++www+");
    whole(tag(55799, Value::Null), "++www+");
    whole(tag(55799, tag(55799, tag(2, Value::Null))), "++www+");
    whole(tag(2, Value::Bytes(vec![1; 9])), "++www+");
    whole(tag(2, Value::Bytes(vec![1; 17])), "++www+");
    whole(tag(2, Value::Bytes(vec![1])), "wwwwww");
    whole(tag(3, Value::Bytes(vec![0; 9])), "wwwwww");
    whole(tag(3, Value::Bytes(vec![0xff; 16])), "rrwwwr");
    whole(tag(4, Value::Array(vec![1.into(), 2.into()])), "++www+");
    whole(Value::Map(vec![("1".into(), 2.into())]), "+++ww+");
    whole(Value::Map(vec![(1.into(), 2.into())]), "++www+");
    whole(Value::Map(vec![(Value::Null, 2.into())]), "++www+");
    whole(json!({"a": [1, -1, 1.5, u64::MAX, null, "1"]}), "+++ww+");
}

#[test]
fn nothing_and_options_of_it() {
    whole((), "+++ww+");
    whole(Marker, "+++ww+");
    whole(None::<u8>, "++++++");
    whole(Some(()), "++www+");
    whole(Some(Marker), "++www+");
    whole(Some(None::<u8>), "++www+");
    whole(Some(Some(None::<u8>)), "++www+");
    whole(Some(Some(Some(()))), "++www+");
    whole(Some(Value::Null), "++www+");
    whole(Some(json!(null)), "++www+");
    whole(Some(Some(String::new())), "++++w+");
    whole(
        Some(Some(Bytes::from_static(b"\xd9\xd9\xf7\xf6"))),
        "+++w++",
    );
    whole(Newtype(Some(())), "++www+");
    whole(Some(Newtype(())), "++www+");
    whole(Newtype(None::<u8>), "++++++");
    whole((Some(()), None::<()>), "++www+");
    whole(BTreeMap::from([(None::<u8>, 1), (Some(1), 2)]), "++www+");
    whole(BTreeMap::from([(Some(None::<u8>), 1), (None, 2)]), "++www+");
}

#[test]
fn numbers() {
    for number in [0.0f64, -0.0, 0.1, 1e300, 5e-324, 9_007_199_254_740_993.0] {
        whole(number, "+++ww+");
        let Some(read) = Codec::Json
            .encode(&number)
            .ok()
            .and_then(|json| Codec::Json.decode::<f64>(json.as_deref()).ok())
        else {
            panic!("{number}");
        };
        assert_eq!(read.to_bits(), number.to_bits());
    }
    // By way of a 64-bit float its shortest digits lead to another one.
    whole(7.038531e-26f32, "+++ww+");
    whole(0.1f32, "+++ww+");
    whole(f64::INFINITY, "++www+");
    whole(f32::NEG_INFINITY, "++www+");
    whole((1 << 53) + 1u64, "+++ww+");
    whole(u64::MAX, "+++ww+");
    whole(i64::MIN, "+++ww+");
    whole(u128::MAX, "+++ww+");
    whole(i128::MIN, "+++ww+");
    whole(Newtype(u128::MAX), "+++ww+");
    whole(Transparent(u128::MAX), "++www+");
    whole(Transparent(7u128), "+++ww+");
    whole(NonZero::<u128>::MAX, "+++ww+");
    whole('\u{10ffff}', "++++++");
    whole('1', "++++++");
    whole(true, "+++ww+");
    let mut nans = 0;
    for nan in [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001)] {
        for codec in CODECS {
            let Ok(written) = codec.encode(&[nan]) else {
                continue;
            };
            let [read]: [f64; 1] = codec.decode(written.as_deref()).unwrap();
            assert_eq!(read.to_bits(), nan.to_bits(), "{codec}");
            nans += 1;
        }
    }
    assert_eq!(nans, 6, "auto and cbor keep them");
}

#[test]
fn maps_by_anything() {
    macro_rules! keys {
        ($($key:expr => $expected:literal;)*) => {$(
            whole(BTreeMap::from([($key, "x".to_owned())]), $expected);
        )*};
    }
    keys! {
        String::new() => "+++ww+";
        '1' => "+++ww+";
        1u8 => "+++ww+";
        i64::MIN => "+++ww+";
        u128::MAX => "+++ww+";
        NonZero::<u32>::MIN => "+++ww+";
        false => "+++ww+";
        Some(1u8) => "+++ww+";
        () => "++www+";
        (1u8, true) => "++www+";
        vec![1u8] => "++www+";
        Bytes::from_static(b"1") => "++www+";
        Uuid::from_u128(7) => "+++ww+";
        NaiveDate::MIN => "+++ww+";
        Newtype(7u64) => "+++ww+";
        Transparent(7u64) => "++www+";
        Either::Number(1) => "++www+";
        Either::Text("1".into()) => "+++ww+";
    }
}

#[test]
fn types_of_other_people() {
    let at = DateTime::<Utc>::from_timestamp(1_700_000_000, 123_456_789).unwrap();
    whole(at, "++++w+");
    whole(at.date_naive(), "++++w+");
    whole(at.fixed_offset(), "++++w+");
    whole(Uuid::from_u128(0x0123_4567_89ab_cdef), "++++++");
    whole(IpAddr::from([10, 0, 0, 1]), "++++w+");
    whole(Duration::MAX, "+++ww+");
    whole(PathBuf::from("/a b/ü"), "++++w+");
    whole(Shape::Point, "+++ww+");
    whole(Shape::Line(1, -1), "+++ww+");
    whole(Wrapped(b"12".to_vec()), "+++ww+");
    whole(Bytes::from_static(b"12"), "++++++");
    whole(Newtype(Bytes::from_static(b"12")), "+++w++");
    whole(
        Newtype(Bytes::from_static(b"\xd9\xd9\xf7\x41\x01")),
        "+++w++",
    );
    whole(
        Transparent(Bytes::from_static(b"\xd9\xd9\xf7\x41\x01")),
        "++ww++",
    );
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    whole(PathBuf::from(OsStr::from_bytes(b"/\xff")), "wwwwww");
}
