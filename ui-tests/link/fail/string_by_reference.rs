//! A string behind a reference, which makes it the state.

#[catenae::link(input = "lines")]
fn mapper(_line: &String) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
