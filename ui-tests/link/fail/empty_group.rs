//! A consumer group without a name.

#[catenae::link(input = "lines", group = "")]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
