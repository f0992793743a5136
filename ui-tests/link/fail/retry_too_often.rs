//! More retries than anybody waits for.

#[catenae::link(input = "lines", output = "words", retry(max = 1001))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
