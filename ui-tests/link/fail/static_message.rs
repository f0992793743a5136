//! A message borrowed for ever.

#[catenae::link(input = "lines")]
fn mapper(_line: &'static str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
