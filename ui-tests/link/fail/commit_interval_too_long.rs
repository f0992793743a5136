//! A transaction longer than a minute.

#[catenae::link(input = "lines", output = "words", commit_interval = "61s")]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
