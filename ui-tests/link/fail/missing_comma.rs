//! No comma between two options.

#[catenae::link(input = "lines" output = "words")]
fn mapper(line: &str) -> &str {
    line
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
