//! A retry without an input.

#[catenae::link(output = "words", retry(max = 5))]
fn source() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
