//! A cap without anything to bound.

#[catenae::link(input = "lines", output = "words", cap(run = 5))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
