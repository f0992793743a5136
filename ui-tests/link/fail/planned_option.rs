//! An option that is planned.

#[catenae::link(input = "lines", tick = [report])]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
