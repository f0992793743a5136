//! A transaction that lasts no time.

#[catenae::link(input = "lines", output = "words", commit_interval = "0ms")]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
