//! An option without its value.

#[catenae::link(input = "lines", output)]
fn mapper(line: &str) -> &str {
    line
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
