//! A delivery as the command line writes it.

#[catenae::link(input = "lines", output = "words", delivery = exactly-once)]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
