//! The order that a link has anyway.

#[catenae::link(input = "lines", output = "words", order = pipelined)]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
