//! What a value costs in the codec: nanoseconds beside those of plain `cbor4ii` and `ciborium`.
//!
//! `cargo test -p catenae --release --test codec_speed -- --ignored --nocapture`

use std::hint::black_box;
use std::time::Instant;

use catenae::Codec;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Small {
    id: u64,
    price: f64,
    name: String,
    open: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Large {
    id: u64,
    tags: Vec<String>,
    readings: Vec<f64>,
    counts: Vec<u32>,
    text: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct LargeBorrowed<'l> {
    id: u64,
    #[serde(borrow)]
    tags: Vec<&'l str>,
    text: &'l str,
}

/// The best of seven rounds, in nanoseconds per call.
fn nanos(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 200_000;
    let round = |_| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| call());
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    (0..7).map(round).fold(f64::INFINITY, f64::min)
}

/// Prints a row; `$owned` is the type that all three read.
macro_rules! row {
    ($name:literal, $value:expr, $read:ty, $owned:ty) => {{
        let value = $value;
        let ours = Codec::Auto.encode(&value).expect("it can be written");
        let ours = ours.expect("it is no tombstone");
        let cbor4ii_bytes = cbor4ii::serde::to_vec(vec![], &value).expect("as above");
        let mut ciborium_bytes = vec![];
        ciborium::into_writer(&value, &mut ciborium_bytes).expect("as above");
        let mut buffer = Vec::with_capacity(4096);
        let write = [
            nanos(|| {
                buffer.clear();
                let written = Codec::Auto.encode_into(black_box(&value), &mut buffer);
                black_box(written.expect("as above"));
            }),
            {
                let mut buffer = Vec::with_capacity(4096);
                nanos(|| {
                    buffer.clear();
                    let taken = std::mem::take(&mut buffer);
                    buffer = cbor4ii::serde::to_vec(taken, black_box(&value)).expect("as above");
                })
            },
            {
                let mut buffer = Vec::with_capacity(4096);
                nanos(|| {
                    buffer.clear();
                    ciborium::into_writer(black_box(&value), &mut buffer).expect("as above");
                })
            },
        ];
        let read = [
            nanos(|| {
                let read: $read = Codec::Auto
                    .decode(Some(black_box(&ours)))
                    .expect("as written");
                black_box(read);
            }),
            nanos(|| {
                let read: $read =
                    cbor4ii::serde::from_slice(black_box(&cbor4ii_bytes)).expect("as written");
                black_box(read);
            }),
            nanos(|| {
                let read: $owned =
                    ciborium::from_reader(black_box(&*ciborium_bytes)).expect("as written");
                black_box(read);
            }),
        ];
        println!(
            "{:<28} {:>5} B  write {:>7.1} {:>7.1} {:>7.1}   read {:>7.1} {:>7.1} {:>7.1}",
            $name,
            ours.len(),
            write[0],
            write[1],
            write[2],
            read[0],
            read[1],
            read[2]
        );
    }};
}

#[test]
#[ignore = "measures, and is run by hand"]
fn speed() {
    let line = "a line of text, ".repeat(6) + "0123";
    let small = Small {
        id: 123_456,
        price: 19.99,
        name: "an item of some sort".into(),
        open: true,
    };
    let large = || Large {
        id: u64::MAX,
        tags: (0..12).map(|tag| format!("tag number {tag}")).collect(),
        readings: (0..40).map(|reading| f64::from(reading) * 0.1).collect(),
        counts: (0..40).map(|count| count * 1000).collect(),
        text: "x".repeat(300),
    };
    println!("{:<36}  ns:  catenae cbor4ii ciborium   (twice)", "");
    row!("u64", 7u64, u64, u64);
    row!("Vec<u8> of 100 B", vec![7u8; 100], Vec<u8>, Vec<u8>);
    row!("[u8; 16]", [7u8; 16], [u8; 16], [u8; 16]);
    row!("&str of 100 B", line.as_str(), &str, String);
    row!(
        "(String, u64)",
        ("word".to_owned(), 1u64),
        (String, u64),
        (String, u64)
    );
    row!("(&str, u64)", ("word", 1u64), (&str, u64), (String, u64));
    row!("struct of 4 fields", small, Small, Small);
    row!("struct of 1 KiB", large(), Large, Large);
    row!("struct, borrowed", large(), LargeBorrowed<'_>, Large);
}
