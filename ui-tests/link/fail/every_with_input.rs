//! A period on a link that its input calls.

#[catenae::link(input = "lines", every = "2s")]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
