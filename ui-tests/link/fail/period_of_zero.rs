//! A period of no time.

#[catenae::link(output = "ticks", every = "0s")]
fn mapper() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
