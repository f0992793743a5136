//! Text of other producers: read as JSON to the digit, or refused.

use rust_decimal::Decimal;

use super::refusals::refuses;
use super::*;

/// A type that takes anything refuses it as any type does that is no string and no bytes.
#[test]
fn what_is_no_json() {
    const ADVICE: &str = "`String` and `&str` take plain text; the payload is";
    for codec in [Codec::Auto, Codec::Json] {
        for (payload, reason) in [
            (
                "nul",
                "read as JSON: EOF while parsing a value at line 1 column 3",
            ),
            ("True", "read as JSON: expected value at line 1 column 1"),
            (
                "id,price",
                "read as JSON: expected value at line 1 column 1",
            ),
            (
                "12 13",
                "read as JSON: trailing characters at line 1 column 4",
            ),
        ] {
            let reason = format!("found text: {reason}");
            for error in [
                codec.decode::<Value>(Some(payload.as_bytes())).map(drop),
                codec
                    .decode::<serde_json::Value>(Some(payload.as_bytes()))
                    .map(drop),
                codec.decode::<Either>(Some(payload.as_bytes())).map(drop),
                codec.decode::<Order>(Some(payload.as_bytes())).map(drop),
            ] {
                let error = error.unwrap_err().to_string();
                let of_order = error.contains("`Order`") && error.contains("read as JSON: ");
                assert!(error.contains(&reason) || of_order, "{error}");
                assert!(
                    payload == "nul" || of_order || error.contains(ADVICE),
                    "{error}"
                );
            }
        }
        refuses::<Value>(
            codec,
            Some(b"   "),
            "expected `Value`, found text: read as JSON: EOF while parsing a value at line 1 \
             column 3; the payload is \"   \"",
        );
        refuses::<serde_json::Value>(
            codec,
            Some(b""),
            "expected `Value`, found an empty payload: only strings and bytes may be empty",
        );
        refuses::<Order>(
            codec,
            Some(b"\xef\xbb\xbf{\"id\":1}"),
            "expected `Order`, found text: it starts with a byte order mark (BOM), which is no part \
             of JSON; let the producer write none; the payload is \"\\u{feff}{\\\"id\\\":1}\"",
        );
        let marked = Some(b"\xef\xbb\xbf{\"a\":1}".as_slice());
        for error in [
            codec.decode::<Value>(marked).map(drop),
            codec.decode::<serde_json::Value>(marked).map(drop),
        ] {
            let error = error.unwrap_err();
            assert!(
                matches!(error.kind(), DecodeErrorKind::ByteOrderMark),
                "{error}"
            );
        }
    }
    let read: String = Codec::Auto.decode(Some(b"\xef\xbb\xbfx")).unwrap();
    assert_eq!(read, "\u{feff}x", "a string is what it is");
}

#[test]
fn digits_that_a_float_loses() {
    for codec in [Codec::Auto, Codec::Json] {
        let read = |text: &str| codec.decode::<Decimal>(Some(text.as_bytes()));
        for exact in ["12.5", "\"12.5\"", "\"123456789.123456789\"", "7", "-0.1"] {
            let expected: Decimal = exact.trim_matches('"').parse().unwrap();
            assert_eq!(read(exact).unwrap(), expected);
        }
        for inexact in ["123456789.123456789", "79228162514264337593543950335"] {
            let error = read(inexact).unwrap_err();
            assert!(matches!(error.kind(), DecodeErrorKind::Inexact), "{error}");
        }
        refuses::<Value>(
            codec,
            Some(b"123456789.123456789"),
            "expected `Value`, found text: the type would get this number as a 64-bit float, \
             which cannot hold all its digits; let the producer write it in quotes, or take \
             `String`; the payload is \"123456789.123456789\"",
        );
        // A type that asks for a float gets the nearest, as from any parser.
        let float: f64 = codec.decode(Some(b"123456789.123456789")).unwrap();
        assert_eq!(float, 123_456_789.123_456_79);
        let wide: u128 = codec
            .decode(Some(b"79228162514264337593543950335"))
            .unwrap();
        assert_eq!(wide, (1 << 96) - 1);
    }
}
