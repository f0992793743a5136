//! A message that the stream does not carry.

use catenae::Stream;

const NUMBERS: Stream<u64> = Stream::new("numbers");

#[catenae::link(input = NUMBERS)]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
