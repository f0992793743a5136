//! A link without a lane.

#[catenae::link(input = "lines", lanes = 0)]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
