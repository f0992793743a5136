//! A period that is no string.

#[catenae::link(output = "ticks", every = 2)]
fn mapper() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
