//! A cap while each failure stops the link.

#[catenae::link(input = "lines", output = "words", on_error = fail, cap(run = 5))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
