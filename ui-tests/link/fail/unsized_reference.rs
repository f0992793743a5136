//! A reference to an unsized type.

#[catenae::link(input = "lines")]
fn mapper(_numbers: &[u64]) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
