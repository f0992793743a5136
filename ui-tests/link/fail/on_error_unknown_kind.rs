//! A kind of failure that does not exist.

#[catenae::link(input = "lines", output = "words", on_error(decoding = skip))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
