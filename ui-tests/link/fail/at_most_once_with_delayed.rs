//! At most once with delayed electrons.

#[catenae::link(input = "lines", output = "words", delivery = at_most_once, retry(max = 5, delayed))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
