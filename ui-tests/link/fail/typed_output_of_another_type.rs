//! An output that the stream does not carry.

use catenae::Stream;

const NUMBERS: Stream<u64> = Stream::new("numbers");

#[catenae::link(input = "lines", output = NUMBERS)]
fn mapper(line: &str) -> Vec<&str> {
    vec![line]
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
