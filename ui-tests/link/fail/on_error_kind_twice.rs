//! A kind of failure twice.

#[catenae::link(input = "lines", output = "words", on_error(decode = skip, decode = fail))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
