//! The same stream twice.

#[catenae::link(input = ["lines", "words", "lines"])]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
