//! A part that a cap does not have.

#[catenae::link(input = "lines", output = "words", on_error = skip, cap(share = 5))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
