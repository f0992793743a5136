//! At most once with parked electrons.

#[catenae::link(input = "lines", output = "words", delivery = at_most_once, retry(max = 5, park))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
