//! An input that nobody reads.

#[catenae::link(input = "lines")]
fn mapper() {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
