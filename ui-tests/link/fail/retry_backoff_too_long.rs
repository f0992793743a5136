//! Pauses longer than a day.

#[catenae::link(input = "lines", output = "words", retry(max = 5, backoff = "1s..25h"))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
