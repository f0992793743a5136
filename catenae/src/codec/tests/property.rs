//! Types and values of any shape that serde knows: what was written comes back as the same, or one
//! of the two refuses it.
//!
//! Some thousands of them in each run; `CATENAE_CODEC_CASES` sets how many.

mod read;
mod shape;
mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use self::read::Read;
use self::shape::{Dice, Shape};
use self::value::Typed;
use super::super::*;
use super::exact::outcome;

/// A share of the values that have to come back, in per cent, so that not all is refused.
const KEPT: [(Codec, RecordPart, u32); 6] = [
    (Codec::Auto, RecordPart::Value, 95),
    (Codec::Auto, RecordPart::Key, 95),
    (Codec::Cbor, RecordPart::Value, 95),
    (Codec::Json, RecordPart::Value, 70),
    (Codec::Text, RecordPart::Value, 9),
    (Codec::Bytes, RecordPart::Value, 4),
];

fn cases(few: u32) -> u32 {
    let wanted = std::env::var("CATENAE_CODEC_CASES");
    wanted.map_or(few, |cases| cases.parse().expect("a number of cases"))
}

/// How many values came back, were refused when written, and when read.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    kept: u32,
    unwritable: u32,
    unreadable: u32,
}

/// Writes the value of a shape, and reads it with the same shape.
fn round(
    shape: &Rc<Shape>,
    value: &value::Value,
    part: RecordPart,
    codec: Codec,
    count: &mut Count,
) {
    let mut written = Vec::new();
    let payload = match append(part, &Typed { shape, value }, codec, &mut written) {
        Err(_) => {
            count.unwritable += 1;
            return;
        }
        Ok(Written::Tombstone) => None,
        Ok(Written::Bytes) => Some(&*written),
    };
    let read = Read::with(shape, || {
        take::<Read>(part, payload, codec, Limits::default())
    });
    match read {
        Err(_) => count.unreadable += 1,
        Ok(Read(read)) if read == *value => count.kept += 1,
        Ok(Read(read)) => panic!(
            "the {part:?} {value:?} of {shape:?} as {codec} came back as {read:?}: {written:02x?}"
        ),
    }
}

#[test]
fn of_any_shape() {
    let cases = cases(4_000);
    let counts = std::cell::RefCell::new([Count::default(); KEPT.len()]);
    let mut config = ProptestConfig::with_cases(cases);
    config.failure_persistence = None;
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (any::<u64>(), 0u32..5);
    let result = runner.run(&strategy, |(seed, depth)| {
        let mut dice = Dice::new(seed);
        let shape = Rc::new(dice.shape(depth));
        let value = dice.value(&shape);
        for ((codec, part, _), count) in KEPT.iter().zip(&mut *counts.borrow_mut()) {
            round(&shape, &value, *part, *codec, count);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    for ((codec, part, least), count) in KEPT.iter().zip(counts.into_inner()) {
        println!("{codec} {part:?}: {count:?}");
        assert!(
            count.kept >= cases / 100 * least,
            "{codec} {part:?} refuses too much: {count:?}"
        );
    }
}

/// The types that are known by their ids, with values that look like those of others.
fn known<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + fmt::Debug,
{
    for (codec, part, _) in KEPT {
        outcome(part, codec, value);
    }
}

fn odd_bytes() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        Just(vec![]),
        Just(vec![0xd9, 0xd9, 0xf7]),
        Just(vec![0xd9, 0xd9, 0xf7, 0xf6]),
        Just(b"12".to_vec()),
    ];
    (start, prop::collection::vec(any::<u8>(), 0..8))
        .prop_map(|(start, rest)| [start, rest].concat())
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "-?[0-9]{1,30}(\\.[0-9]{1,9})?",
        "(null|true|\\[\\]|\"x\"|\\{\\}|)"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(500)) })]

    #[test]
    fn of_known_types(text in odd_text(), bytes in odd_bytes(), number in any::<(f32, f64, i128)>()) {
        known(&text);
        known(&Some(text.clone()));
        known(&Some(Some(text.clone())));
        known(&vec![text.clone()]);
        known(&Box::<str>::from(&*text));
        known(&bytes);
        known(&Some(bytes.clone()));
        known(&Some(Some(bytes.clone())));
        let bytes = Bytes::from(bytes);
        known(&bytes);
        known(&Some(bytes.clone()));
        known(&Some(Some(bytes.clone())));
        known(&BTreeMap::from([(text, bytes)]));
        known(&number);
        known(&[Some(number.0)]);
        known(&BTreeMap::from([(number.2, number.1)]));
    }
}
