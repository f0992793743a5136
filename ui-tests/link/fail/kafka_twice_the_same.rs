//! A setting twice.

#[catenae::link(input = "lines", output = "words", kafka = ["linger.ms=5", "linger.ms=50"])]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
