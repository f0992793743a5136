//! Lanes without an input to share.

#[catenae::link(output = "lines", lanes = 4)]
fn mapper() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
