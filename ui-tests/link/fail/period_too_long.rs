//! A period that no clock counts.

#[catenae::link(output = "ticks", every = "99999999999999999999h")]
fn source() -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
