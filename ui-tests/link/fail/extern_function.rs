//! A link with a foreign calling convention.

#[catenae::link(input = "lines")]
extern "C" fn mapper(_line: u64) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
