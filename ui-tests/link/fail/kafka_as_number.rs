//! A setting that is no string.

#[catenae::link(input = "lines", output = "words", kafka = [50])]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
