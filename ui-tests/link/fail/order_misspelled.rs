//! A misspelled order.

#[catenae::link(input = "lines", output = "words", order = sycn)]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
