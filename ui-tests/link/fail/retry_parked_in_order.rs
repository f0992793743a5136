//! Parked electrons in an order that they break.

#[catenae::link(input = "lines", output = "words", order = seq, retry(max = 5, park))]
fn mapper(line: &str) -> String {
    line.to_owned()
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
