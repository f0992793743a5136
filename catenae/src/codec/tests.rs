//! The wire, as a table; what is refused, by its text; and the two other writers of CBOR.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::IpAddr;

use bytes::Bytes;
use ciborium::Value;
use serde::de::DeserializeOwned;

use super::*;

mod differential;
mod exact;
mod limits;
mod property;
mod raw;
mod refusals;
mod tags;
mod text;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    note: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Borrowed<'l> {
    text: &'l str,
    #[serde(borrow)]
    maybe: Cow<'l, str>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Named { name: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meters(u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Name(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<u8>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u64),
    Text(String),
}

fn order() -> Order {
    Order { id: 7, note: None }
}

/// The bytes of hexadecimal digits, blanks left out.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|digit| *digit != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// `value` becomes `expected` on a stream of `codec`, and is read from it again.
#[track_caller]
fn check<T>(codec: Codec, value: T, expected: Option<&[u8]>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let written = codec.encode(&value).unwrap();
    assert_eq!(written.as_deref(), expected, "{value:?} as {codec}");
    assert_eq!(
        codec.decode::<T>(expected).unwrap(),
        value,
        "{value:?} as {codec}"
    );
}

/// As `check`, for CBOR behind the tag.
#[track_caller]
fn cbor<T>(value: T, expected: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let expected = hex(&format!("d9d9f7 {expected}"));
    check(Codec::Auto, value, Some(&expected));
}

#[test]
fn the_wire() {
    let raw = |value: &str| check(Codec::Auto, value.to_owned(), Some(value.as_bytes()));
    raw("");
    raw("hello wörld");
    raw("{\"json\": \"is text to a string\"}");
    check(
        Codec::Auto,
        Bytes::from_static(b"\x00\xff"),
        Some(b"\x00\xff"),
    );
    check(
        Codec::Auto,
        Bytes::from_static(b"\xd9\xd9\xf7\x01"),
        Some(b"\xd9\xd9\xf7\x01"),
    );
    check(Codec::Auto, Bytes::new(), Some(b""));
    check(Codec::Auto, Cow::Borrowed("x"), Some(b"x"));
    check(Codec::Auto, Box::<str>::from("x"), Some(b"x"));
    check(Codec::Auto, Some("x".to_owned()), Some(b"x"));
    check(Codec::Auto, Some(String::new()), Some(b""));
    check(Codec::Auto, None::<String>, None);
    check(Codec::Auto, None::<Order>, None);
    check(Codec::Auto, None::<Option<u8>>, None);

    // What is no string itself could be read as anything.
    cbor(Name("x".into()), "61 78");
    cbor(IpAddr::from([10, 0, 0, 1]), "68 31302e302e302e31");
    cbor(Either::Text("x y".into()), "63 782079");
    cbor(Either::Text(String::new()), "60");
    cbor(Some(Some("x".to_owned())), "61 78");
    cbor(Some(()), "d9d9f7 f6");
    cbor(Some(None::<u8>), "d9d9f7 f6");
    cbor(Some(Some(None::<u8>)), "d9d9f7 d9d9f7 f6");
    cbor(Some(Some(())), "d9d9f7 d9d9f7 f6");
    cbor(
        vec![Some(None), None, Some(Some(1u8))],
        "83 d9d9f7 f6 f6 01",
    );
    cbor([Some(()), None], "82 d9d9f7 f6 f6");
    cbor(Either::Number(1), "01");
    cbor((), "f6");
    cbor(Marker, "f6");
    cbor(true, "f5");
    cbor('x', "61 78");
    cbor(0u8, "00");
    cbor(23u8, "17");
    cbor(24u8, "18 18");
    cbor(u16::MAX, "19 ffff");
    cbor(u32::MAX, "1a ffffffff");
    cbor(u64::MAX, "1b ffffffffffffffff");
    cbor(i64::MAX, "1b 7fffffffffffffff");
    cbor(i64::MIN, "3b 7fffffffffffffff");
    cbor(-1i8, "20");
    cbor(-129i16, "38 80");
    cbor(u128::MAX, "c2 50 ffffffffffffffffffffffffffffffff");
    cbor(i128::MIN, "c3 50 7fffffffffffffffffffffffffffffff");
    cbor(-18_446_744_073_709_551_616i128, "3b ffffffffffffffff");
    cbor(1.5f64, "f9 3e00");
    cbor(-0.0f32, "f9 8000");
    cbor(f64::INFINITY, "f9 7c00");
    cbor(100_000.0f32, "fa 47c35000");
    cbor(0.1f64, "fb 3fb999999999999a");
    cbor(Meters(5), "05");
    cbor(order(), "a2 626964 07 646e6f7465 f6");
    cbor(("a".to_owned(), 1u64), "82 6161 01");
    cbor((vec![1u8, 2], [3u8]), "82 82 01 02 81 03");
    cbor(Wrapped(vec![1]), "81 01");
    cbor(vec![1i8], "81 01");
    cbor([1u16; 2], "82 01 01");
    cbor(vec![Some("a".to_owned()), None], "82 6161 f6");
    cbor(Vec::<String>::new(), "80");
    cbor(Shape::Point, "65 506f696e74");
    cbor(Shape::Circle(0.5), "a1 66436972636c65 f93800");
    cbor(Shape::Line(1, -2), "a1 644c696e65 82 01 21");
    cbor(
        Shape::Named { name: "n".into() },
        "a1 654e616d6564 a1 646e616d65 616e",
    );
    cbor(
        BTreeMap::from([((1u8, true), "x".to_owned())]),
        "a1 82 01 f5 6178",
    );
}

#[test]
fn values_of_any_kind() {
    let tagged = Value::Tag(1, Box::new(Value::Integer(1_600_000_000.into())));
    cbor(tagged.clone(), "d9d9f7 c1 1a 5f5e1000");
    cbor(
        Value::Array(vec![tagged, Value::Null]),
        "82 d9d9f7 c1 1a 5f5e1000 f6",
    );
    cbor(Value::Float(1.5), "f9 3e00");
    cbor(
        Value::Map(vec![(Value::Null, Value::Bytes(vec![1]))]),
        "a1 f6 41 01",
    );
    cbor(Value::Text("12".into()), "62 3132");
    cbor(Value::Bytes(b"12".to_vec()), "42 3132");
    let read = |json: &str| Codec::Auto.decode::<Value>(Some(json.as_bytes())).unwrap();
    assert_eq!(read(" -1.5 "), Value::Float(-1.5));
    assert_eq!(read("null"), Value::Null);
    assert_eq!(read("\"x\""), Value::Text("x".into()));
    assert_eq!(read("[1]"), Value::Array(vec![Value::Integer(1.into())]));
}

#[test]
fn fixed_codecs() {
    let tag = |digits: &str| hex(&format!("d9d9f7 {digits}"));
    check(Codec::Cbor, "x".to_owned(), Some(&tag("6178")));
    check(Codec::Cbor, Bytes::from_static(b"x"), Some(&tag("4178")));
    check(
        Codec::Cbor,
        IpAddr::from([10, 0, 0, 1]),
        Some(&tag("a1 625634 84 0a 00 00 01")),
    );
    check(Codec::Cbor, None::<u8>, None);
    check(
        Codec::Cbor,
        Some(order()),
        Some(&tag("a2 626964 07 646e6f7465 f6")),
    );
    check(Codec::Json, "x".to_owned(), Some(b"\"x\""));
    check(Codec::Json, Either::Text("1".into()), Some(b"\"1\""));
    check(Codec::Json, None::<u8>, None);
    check(Codec::Json, Some(Name("x".into())), Some(b"\"x\""));
    check(Codec::Json, order(), Some(br#"{"id":7,"note":null}"#));
    check(Codec::Json, 0.1f64, Some(b"0.1"));
    check(Codec::Text, "x".to_owned(), Some(b"x"));
    check(Codec::Text, 'x', Some(b"x"));
    check(Codec::Text, Name("12".into()), Some(b"12"));
    check(Codec::Text, Either::Text("12".into()), Some(b"12"));
    check(Codec::Text, Bytes::from_static(b"x"), Some(b"x"));
    check(Codec::Text, None::<String>, None);
    check(Codec::Bytes, Bytes::from_static(b"\xff"), Some(b"\xff"));
    check(Codec::Bytes, Some("x".to_owned()), Some(b"x"));
}

/// `T` is read from what another program may send.
#[track_caller]
fn foreign<'de, T>(codec: Codec, payload: &'de [u8], expected: T)
where
    T: Deserialize<'de> + PartialEq + Debug,
{
    assert_eq!(codec.decode::<T>(Some(payload)).unwrap(), expected);
}

#[test]
fn foreign_producers() {
    foreign(
        Codec::Auto,
        b" { \"note\" : \"n\\u00e9\", \"more\": [{}], \"id\": 7 }\n",
        Order {
            id: 7,
            note: Some("né".into()),
        },
    );
    foreign(
        Codec::Auto,
        b"[\"a\", 18446744073709551615]",
        ("a".to_owned(), u64::MAX),
    );
    foreign(Codec::Auto, b"\"Point\"", Shape::Point);
    foreign(Codec::Auto, b"{\"Line\":[1,2]}", Shape::Line(1, 2));
    foreign(Codec::Auto, b"12", Some(12u8));
    foreign(Codec::Auto, b"1", 1.0f64);
    foreign(Codec::Json, b"null", None::<Order>);
    foreign(Codec::Cbor, b"\xf6", None::<Order>);
    foreign(Codec::Cbor, b"\x83\x01\x02\x03", vec![1u8, 2, 3]);
    let cbor = |digits: &str| -> &'static [u8] { hex(&format!("d9d9f7 {digits}")).leak() };
    foreign(Codec::Auto, cbor("6178"), "x");
    foreign(Codec::Auto, cbor("43 010203"), Wrapped(vec![1, 2, 3]));
    foreign(Codec::Cbor, cbor("43 010203"), vec![1u8, 2, 3]);
    foreign(Codec::Cbor, cbor("43 010203"), [1u8, 2, 3]);
    foreign(Codec::Json, b"[1, 2, 3]", vec![1u8, 2, 3]);
    foreign(Codec::Auto, cbor("43 010203"), cbor("43 010203"));
    foreign(Codec::Auto, cbor("c1 1a 5f5e1000"), 1_600_000_000u64);
    foreign(Codec::Auto, cbor("c2 42 0100"), 256u32);
    foreign(Codec::Auto, cbor("1b 0000000000000001"), 1u8);
    foreign(Codec::Auto, cbor("01"), 1.0f64);
    foreign(Codec::Auto, cbor("f7"), ());
    foreign(Codec::Auto, cbor("80"), ());
    foreign(Codec::Auto, cbor("9f 01 02 ff"), (1u8, 2u8));
    foreign(Codec::Auto, cbor("7f 6161 6162 ff"), "ab".to_owned());
    foreign(Codec::Auto, cbor("bf 626964 07 ff"), order());
    foreign(Codec::Auto, cbor("82 07 f6"), order());
    foreign(
        Codec::Auto,
        cbor("a3 617a bf 61789f5f4101fffb3ff0000000000000ff ff 626964 07 646e6f7465 f6"),
        order(),
    );
    foreign(
        Codec::Auto,
        cbor("bf 66436972636c65 f93800 ff"),
        Shape::Circle(0.5),
    );
    foreign(Codec::Auto, cbor("a1 65506f696e74 f6"), Shape::Point);
}

/// Whether `part` lies in the memory of `whole`.
fn is_in(part: &str, whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}

#[test]
fn borrowed_in_place() {
    let text = b"a line".as_slice();
    assert!(is_in(Codec::Auto.decode::<&str>(Some(text)).unwrap(), text));
    let bytes: &[u8] = Codec::Auto.decode(Some(text)).unwrap();
    assert_eq!(bytes.as_ptr(), text.as_ptr());
    let value = Borrowed {
        text: "one",
        maybe: "two".into(),
    };
    for codec in [Codec::Auto, Codec::Json, Codec::Cbor] {
        let written = codec.encode(&value).unwrap().unwrap();
        let read: Borrowed<'_> = codec.decode(Some(&written)).unwrap();
        assert_eq!(read, value);
        assert!(
            is_in(read.text, &written) && is_in(&read.maybe, &written),
            "{codec}"
        );
        assert!(matches!(read.maybe, Cow::Borrowed(_)), "{codec}");
    }
}

#[test]
fn a_failure_leaves_the_buffer_as_it_was() {
    let mut buffer = b"before".to_vec();
    let map = BTreeMap::from([(vec![1u8], 1u8)]);
    assert!(encode_value(&(1, &map), Codec::Json, &mut buffer).is_err());
    assert_eq!(buffer, b"before");
    assert_eq!(
        encode_key(&None::<u8>, &mut buffer).unwrap(),
        Written::Tombstone
    );
    assert_eq!(encode_key("k", &mut buffer).unwrap(), Written::Bytes);
    assert_eq!(buffer, b"beforek");
}
