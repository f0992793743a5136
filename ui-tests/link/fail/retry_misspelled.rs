//! A misspelled word of a retry.

#[catenae::link(input = "lines", output = "words", retry(max = 5, jiter))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
