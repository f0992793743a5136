//! A stream that Kafka refuses.

#[catenae::link(input = "lines", output = "my words")]
fn mapper(line: &str) -> &str {
    line
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
