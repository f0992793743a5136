//! What `ciborium` and `cbor4ii` make of the same values.

use super::*;
use proptest::prelude::*;

type Rich = (
    (bool, char, u8, u64, i64, u128, i128),
    (f32, f64, String, Option<String>, Option<i8>),
    Vec<Shape>,
    BTreeMap<(i32, String), Vec<Option<Meters>>>,
    Bytes,
);

prop_compose! {
    fn shape()(of in 0..4, f in any::<f64>(), i in any::<(i32, i32)>(), name in ".*") -> Shape {
        match of {
            0 => Shape::Point,
            1 => Shape::Circle(f),
            2 => Shape::Line(i.0, i.1),
            _ => Shape::Named { name },
        }
    }
}

fn rich() -> impl Strategy<Value = Rich> {
    (
        any::<(bool, char, u8, u64, i64, u128, i128)>(),
        any::<(f32, f64, String, Option<String>, Option<i8>)>(),
        prop::collection::vec(shape(), 0..5),
        prop::collection::btree_map(
            any::<(i32, String)>(),
            prop::collection::vec(prop::option::of(any::<u32>().prop_map(Meters)), 0..4),
            0..4,
        ),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from),
    )
}

proptest! {
    #[test]
    fn bytes_equal_those_of_ciborium(value in rich()) {
        let mut theirs = cbor::TAG.to_vec();
        ciborium::into_writer(&value, &mut theirs).unwrap();
        let ours = Codec::Auto.encode(&value).unwrap().unwrap();
        prop_assert_eq!(&ours, &theirs);
        let back: Rich = Codec::Auto.decode(Some(&theirs)).unwrap();
        prop_assert_eq!(&back, &value);
        let theirs: Rich = ciborium::from_reader(&ours[3..]).unwrap();
        prop_assert_eq!(theirs, value);
    }

    #[test]
    fn values_equal_those_of_cbor4ii(mut value in rich()) {
        let theirs = cbor4ii::serde::to_vec(cbor::TAG.to_vec(), &value).unwrap();
        let back: Rich = Codec::Auto.decode(Some(&theirs)).unwrap();
        prop_assert_eq!(&back, &value);
        // It reads no shortened float: give it those that stay long, and none where a
        // 32-bit one is due.
        value.1.0 = f32::MAX;
        value.1.1 = 0.1;
        value.2.retain(|shape| !matches!(shape, Shape::Circle(_)));
        let ours = Codec::Auto.encode(&value).unwrap().unwrap();
        let back: Rich = cbor4ii::serde::from_slice(&ours[3..]).unwrap();
        prop_assert_eq!(&back, &value);
        let theirs = cbor4ii::serde::to_vec(cbor::TAG.to_vec(), &value).unwrap();
        // Integers of more than 64 bits it pads with zeros.
        let small = |v: i128| u64::try_from(v.unsigned_abs()).is_ok();
        if u64::try_from(value.0.5).is_ok() && small(value.0.6) {
            prop_assert_eq!(ours, theirs);
        }
    }
}
