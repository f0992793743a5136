//! An unsafe link.

#[catenae::link(input = "lines")]
unsafe fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
