//! A retry that does not say how often.

#[catenae::link(input = "lines", output = "words", retry(jitter))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
