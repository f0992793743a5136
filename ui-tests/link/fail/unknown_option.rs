//! An option that does not exist, and is no misspelling.

#[catenae::link(input = "lines", colour = "red")]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
