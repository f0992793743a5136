//! A delivery that does not exist.

#[catenae::link(input = "lines", output = "words", delivery = often)]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
