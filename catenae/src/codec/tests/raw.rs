//! Bytes go as they are, whichever type means them.

use super::*;

/// `value` is written as `expected`, value and key, and what was written is read as the same type.
#[track_caller]
fn raw<T>(codec: Codec, value: T, expected: Option<&'static [u8]>)
where
    T: Serialize + Deserialize<'static> + PartialEq + Debug,
{
    goes_out(codec, &value, expected);
    assert_eq!(codec.decode::<T>(expected).unwrap(), value, "as {codec}");
    if codec == Codec::Auto {
        let key = take::<T>(RecordPart::Key, expected, codec, Limits::default());
        assert_eq!(key.unwrap(), value);
    }
}

/// `value` is written as `expected`, value and key.
#[track_caller]
fn goes_out<T: Serialize + Debug + ?Sized>(codec: Codec, value: &T, expected: Option<&[u8]>) {
    let written = codec.encode(value).unwrap();
    assert_eq!(written.as_deref(), expected, "{value:?} as {codec}");
    if codec == Codec::Auto {
        let mut key = Vec::new();
        let written = encode_key(value, &mut key).unwrap();
        assert_eq!((written == Written::Bytes).then_some(&*key), expected);
    }
}

#[test]
fn both_ways() {
    const BYTES: &[u8] = b"\xd9\xd9\xf7 [1] \0\xff";
    let some = Some(BYTES);
    raw(Codec::Auto, BYTES.to_vec(), some);
    raw(Codec::Auto, Vec::<u8>::new(), Some(b""));
    raw(Codec::Auto, BYTES, some);
    raw(Codec::Auto, Box::<[u8]>::from(BYTES), some);
    raw(Codec::Auto, Cow::Borrowed(BYTES), some);
    raw(Codec::Auto, Some(BYTES.to_vec()), some);
    raw(Codec::Auto, Some(BYTES), some);
    raw(Codec::Auto, Some(Box::<[u8]>::from(BYTES)), some);
    raw(Codec::Auto, Some(Cow::Borrowed(BYTES)), some);
    raw(Codec::Auto, Some(Vec::<u8>::new()), Some(b""));
    raw(Codec::Auto, None::<Vec<u8>>, None);
    raw(Codec::Auto, None::<&[u8]>, None);
    raw(Codec::Auto, None::<Box<[u8]>>, None);
    raw(Codec::Auto, None::<[u8; 2]>, None);
    raw(Codec::Auto, [0u8; 0], Some(b""));
    raw(Codec::Auto, *b"\x01", Some(b"\x01"));
    raw(Codec::Auto, Some([0u8, 0xff]), Some(b"\x00\xff"));
    raw(Codec::Auto, [7u8; 32], Some(&[7; 32]));

    raw(Codec::Bytes, BYTES.to_vec(), some);
    raw(Codec::Bytes, [0xffu8; 2], Some(b"\xff\xff"));
    raw(Codec::Bytes, None::<Vec<u8>>, None);
    raw(Codec::Text, b"text".to_vec(), Some(b"text"));
    raw(Codec::Text, Some(*b"text"), Some(b"text"));
    raw(Codec::Json, vec![1u8, 2], Some(b"[1,2]"));
    raw(Codec::Json, Some([1u8, 2]), Some(b"[1,2]"));
    raw(Codec::Cbor, vec![1u8], Some(b"\xd9\xd9\xf7\x81\x01"));
    raw(Codec::Cbor, None::<Vec<u8>>, None);
}

#[test]
fn borrowed_on_the_way_out() {
    let vector = vec![0u8, 0xff];
    let expected = Some(vector.as_slice());
    goes_out(Codec::Auto, vector.as_slice(), expected);
    goes_out(Codec::Auto, &vector, expected);
    goes_out(Codec::Auto, &&vector, expected);
    goes_out(Codec::Auto, &vector.as_slice(), expected);
    goes_out(Codec::Auto, &&vector.as_slice(), expected);
    goes_out(Codec::Auto, &Some(&vector), expected);
    goes_out(Codec::Auto, &&Some(vector.clone()), expected);
    goes_out(Codec::Auto, &&None::<Vec<u8>>, None);
    goes_out(Codec::Auto, &b"abc", Some(b"abc"));
    goes_out(Codec::Auto, &Some(b"abc"), Some(b"abc"));
    goes_out(Codec::Bytes, &&vector, expected);
}

/// As far as the types go that are bytes for serde already, one reads what another wrote.
#[test]
fn each_reads_what_another_wrote() {
    let written = Codec::Auto.encode(&[b'a', 0xff]).unwrap();
    let written = written.as_deref();
    assert_eq!(Codec::Auto.decode::<Bytes>(written).unwrap(), &b"a\xff"[..]);
    assert_eq!(Codec::Auto.decode::<Vec<u8>>(written).unwrap(), b"a\xff");
    let written = Codec::Auto.encode("a line").unwrap();
    let read: Vec<u8> = Codec::Auto.decode(written.as_deref()).unwrap();
    assert_eq!(read, b"a line");
}

#[test]
fn every_array_that_serde_knows() {
    macro_rules! arrays {
        ($($length:literal)*) => {$(
            raw(Codec::Auto, [b'x'; $length], Some(&[b'x'; $length]));
        )*};
    }
    arrays! {
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    }
}

#[test]
fn what_is_refused() {
    let error = |error: DecodeError| error.to_string();
    assert_eq!(
        Codec::Auto.decode::<[u8; 2]>(Some(b"abc")).map_err(error),
        Err(
            "expected `[u8; 2]`, found text: invalid length 3, expected an array of length 2; \
             the payload is \"abc\""
                .to_owned()
        )
    );
    assert_eq!(
        Codec::Auto.decode::<Vec<u8>>(None).map_err(error),
        Err(
            "expected `Vec<u8>`, found a tombstone (no value); take `Option<Vec<u8>>` to receive \
             tombstones"
                .to_owned()
        )
    );
    let read = Codec::Text.decode::<Vec<u8>>(Some(b"a\xff"));
    let error = read.unwrap_err();
    assert!(
        matches!(error.kind(), DecodeErrorKind::NotUtf8 { valid_up_to: 1 }),
        "{error}"
    );
    let mut buffer = b"before".to_vec();
    let error = encode_value(&vec![0xffu8], Codec::Text, &mut buffer).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Encode);
    assert_eq!(buffer, b"before");
}
