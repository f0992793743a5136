//! A group without an input to share.

#[catenae::link(output = "lines", group = "mine")]
fn mapper() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
