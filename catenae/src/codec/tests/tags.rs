//! Tags of other encoders, in bytes that Python's `cbor2` 5 wrote, wherever they may stand.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;

/// `{"type": "created", "id": 3, "at": datetime(2024, 5, 6, 7, 8, 9, tzinfo=utc)}`
const CREATED: &str =
    "a36474797065676372656174656462696403626174c074323032342d30352d30365430373a30383a30395a";
/// The same with `datetime_as_timestamp=True`.
const CREATED_AT_NUMBER: &str = "a36474797065676372656174656462696403626174c11a663881d9";
/// `{"type": "paid", "sum": Decimal("123456789.123456789")}`
const PAID: &str = "a2647479706564706169646373756dc482281b01b69b4bacd05f15";
/// `{"type": "deleted", "id": 5, "sum": Decimal("1.5")}`, where no one wants the sum.
const DELETED: &str = "a364747970656764656c65746564626964056373756dc482200f";
/// `{"type": "tagged", "of": {1, 2}}`
const SET: &str = "a2647479706566746167676564626f66d90102820102";
/// `{"type": "named", "by": UUID(int=0x0123456789abcdef0123456789abcdef)}`
const NAMED: &str = "a26474797065656e616d6564626279d825500123456789abcdef0123456789abcdef";
/// `{"type": "big", "n": 2 ** 70}`
const BIG: &str = "a2647479706563626967616ec249400000000000000000";
/// All of them in one.
const ALL: &str = "a6626174c074323032342d30352d30365430373a30383a30395a657072696365c482200f\
                   6474616773d90102820102626279d8255000000000000000000000000000000005\
                   616ec2490200000000000000006178fb3ff8000000000000";
/// `l = [1]`, `[l, l]` with `value_sharing=True`
const SHARED: &str = "d81c82d81c8101d81d01";
/// `["abcdef", "abcdef"]` with `string_referencing=True`
const STRINGS: &str = "d901008266616263646566d81900";

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Event {
    Created { id: u64, at: DateTime<Utc> },
    Paid { sum: Decimal },
    Deleted { id: u64 },
    Tagged { of: HashSet<u8> },
    Named { by: Uuid },
    Big { n: u128 },
}

#[derive(Debug, PartialEq, Deserialize)]
struct All {
    at: DateTime<Utc>,
    price: Decimal,
    tags: HashSet<u8>,
    by: Uuid,
    n: u128,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat<T> {
    #[serde(flatten)]
    all: T,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", content = "content")]
enum Adjacent<T> {
    It(T),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Either<T> {
    It(T),
}

fn read<T: DeserializeOwned>(digits: &str) -> Result<T, String> {
    let payload = hex(&format!("d9d9f7 {digits}"));
    Codec::Auto.decode(Some(&payload)).map_err(|error| {
        let error = error.to_string();
        let (_, reason) = error.split_once("tagged CBOR: ").unwrap();
        let (reason, _) = reason
            .split_once("; the payload is ")
            .unwrap_or_else(|| reason.split_once("; the first 64 ").unwrap());
        reason.to_owned()
    })
}

#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + Debug>(digits: &str, expected: T) {
    assert_eq!(read::<T>(digits), Ok(expected));
}

#[track_caller]
fn refuses<T: DeserializeOwned + Debug>(digits: &str, expected: &str) {
    assert_eq!(read::<T>(digits).unwrap_err(), expected);
}

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_714_979_289, 0).unwrap()
}

fn all() -> All {
    All {
        at: at(),
        price: "1.5".parse().unwrap(),
        tags: HashSet::from([1, 2]),
        by: Uuid::from_u128(5),
        n: 1 << 65,
    }
}

#[test]
fn in_an_internally_tagged_enum() {
    reads(CREATED, Event::Created { id: 3, at: at() });
    let sum = "123456789.123456789".parse().unwrap();
    reads(PAID, Event::Paid { sum });
    reads(DELETED, Event::Deleted { id: 5 });
    let of = HashSet::from([1, 2]);
    reads(SET, Event::Tagged { of });
    let by = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    reads(NAMED, Event::Named { by });
    refuses::<Event>(
        CREATED_AT_NUMBER,
        "invalid type: integer `1714979289`, expected an RFC 3339 formatted date and time string; \
         it has tag 1 at byte 24",
    );
    refuses::<Event>(
        BIG,
        "invalid type: integer `1180591620717411303424` as u128, expected any value at byte 26; \
         it has tag 2 at byte 15",
    );
}

#[test]
fn in_a_plain_struct_and_what_serde_puts_around_it() {
    reads(ALL, all());
    let without = ALL
        .replace("a6626174", "a5626174")
        .replace("616ec249020000000000000000", "");
    #[derive(Debug, PartialEq, Deserialize)]
    struct Most {
        at: DateTime<Utc>,
        price: Decimal,
        tags: HashSet<u8>,
        by: Uuid,
    }
    let most = || {
        let All {
            at,
            price,
            tags,
            by,
            ..
        } = all();
        Most {
            at,
            price,
            tags,
            by,
        }
    };
    reads(&without, Flat { all: most() });
    reads(&without, Either::It(most()));
    // The content before the tag is buffered, too.
    let (kind, content) = ("6474797065 624974", "67636f6e74656e74");
    reads(
        &format!("a2 {kind} {content} {without}"),
        Adjacent::It(most()),
    );
    reads(
        &format!("a2 {content} {without} {kind}"),
        Adjacent::It(most()),
    );
}

#[test]
fn in_values() {
    let json = serde_json::json!({
        "type": "created", "id": 3, "at": "2024-05-06T07:08:09Z",
    });
    reads(CREATED, json);
    let json = serde_json::json!({"type": "paid", "sum": "123456789.123456789"});
    reads(PAID, json);
    reads(SET, serde_json::json!({"type": "tagged", "of": [1, 2]}));
    let Ok(Value::Map(created)) = read(CREATED) else {
        panic!("a map");
    };
    let date = Value::Text("2024-05-06T07:08:09Z".into());
    assert_eq!(created[2].1, Value::Tag(0, Box::new(date)));
    refuses::<serde_json::Value>(
        NAMED,
        "invalid type: byte array, expected any valid JSON value at byte 37; it has tag 37 \
         at byte 18",
    );
    refuses::<serde_json::Value>(
        "f97e00",
        "a float that is NaN is no value of JSON at byte 3",
    );
}

#[test]
fn each_by_itself() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    reads("c482213904e1", decimal("-12.50"));
    reads("c482213904e1", "-12.50".to_owned());
    reads("c482213904e1", (-2i8, -1250i16));
    reads(
        "c48200c24cffffffffffffffffffffffff",
        decimal("79228162514264337593543950335"),
    );
    reads("c4820301", decimal("1000"));
    reads("c3493fffffffffffffffff", -(1i128 << 70));
    reads(
        "d903ec6a323032342d30352d3036",
        NaiveDate::from_ymd_opt(2024, 5, 6).unwrap(),
    );
    reads("d81e820103", (1u8, 3u8));
    reads("d834440a000001", Wrapped(vec![10, 0, 0, 1]));
    reads(
        "a26161d82362782b6175d82069687474703a2f2f782f",
        BTreeMap::from([
            ("a".to_owned(), "x+".to_owned()),
            ("u".to_owned(), "http://x/".to_owned()),
        ]),
    );
    // Self-described inside.
    let order = Order {
        id: 7,
        note: Some("n".into()),
    };
    reads("a2626964d9d9f707646e6f7465d9d9f7616e", order);
    refuses::<f64>(
        "c482200f",
        "invalid type: sequence, expected f64 at byte 5; it has tag 4 at byte 3",
    );
    refuses::<Decimal>(
        "c4 83 20 0f 01",
        "the value behind tag 4 is not a decimal fraction, that is, a list of an exponent and an \
         integer \
         at byte 3; it has tag 4 at byte 3",
    );
}

#[test]
fn what_stands_elsewhere_is_not_made_up() {
    const SAID: &str = "refers to another part of the payload, and is not read at byte";
    let shared =
        format!("tag 29 {SAID} 10; it has tag 28 at byte 3, tag 28 at byte 6, tag 29 at byte 10");
    refuses::<Vec<Vec<u8>>>(SHARED, &shared);
    refuses::<serde_json::Value>(SHARED, &shared);
    let strings = format!("tag 25 {SAID} 14; it has tag 256 at byte 3, tag 25 at byte 14");
    refuses::<Vec<String>>(STRINGS, &strings);
    refuses::<serde_json::Value>(STRINGS, &strings);
    assert!(read::<Value>(SHARED).is_ok(), "it keeps the tags");
    // What is not wanted is not looked into.
    let order = Order { id: 7, note: None };
    reads(&format!("a2 626964 07 6161 {SHARED}"), order);
}

/// Such a tag reads as part of the value only where nothing comes between.
#[test]
fn tags_of_our_own_are_not_lost() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Field {
        value: Value,
    }
    let field = Field {
        value: Value::Tag(0, Box::new("2024-05-06T07:08:09Z".into())),
    };
    let written = Codec::Auto.encode(&field).unwrap();
    assert_eq!(
        Codec::Auto.decode::<Field>(written.as_deref()).unwrap(),
        field
    );
    let read: BTreeMap<String, DateTime<Utc>> = Codec::Auto.decode(written.as_deref()).unwrap();
    assert_eq!(read["value"], at());
    let decimal = Value::Tag(4, Box::new(Value::Array(vec![(-1).into(), 15.into()])));
    let decimal = Codec::Auto.encode(&[decimal]).unwrap();
    let [digits]: [String; 1] = Codec::Auto.decode(decimal.as_deref()).unwrap();
    assert_eq!(digits, "1.5");
    let error = Codec::Auto.decode::<Either<Field>>(written.as_deref());
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("a tag that is part of a value would be lost in a type that takes anything"),
        "{error}"
    );
}
