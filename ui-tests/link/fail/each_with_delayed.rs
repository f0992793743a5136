//! Retries that every instance would read.

#[catenae::link(input = "lines", group = "each", retry(max = 3, delayed))]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
