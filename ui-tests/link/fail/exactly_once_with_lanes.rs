//! Exactly once on several lanes.

#[catenae::link(input = "lines", output = "words", delivery = exactly_once, lanes = 4)]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
