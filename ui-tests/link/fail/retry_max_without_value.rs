//! A word that needs a number.

#[catenae::link(input = "lines", output = "words", retry(max))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
