//! A borrowed message from nowhere, which only the compiler can tell.

#[catenae::link(output = "words")]
fn mapper(_line: &str) -> u64 {
    1
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
