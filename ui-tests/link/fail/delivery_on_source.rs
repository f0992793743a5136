//! A delivery without an input.

#[catenae::link(output = "words", delivery = at_least_once)]
fn source() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
