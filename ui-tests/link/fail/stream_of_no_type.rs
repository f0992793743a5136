//! A constant that is not a stream.

const NUMBERS: &str = "numbers";

#[catenae::link(input = NUMBERS)]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
