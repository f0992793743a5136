//! An output to which nothing can be sent.

#[catenae::link(input = "lines", output = "words", main = false)]
fn mapper(_line: &str) {}

fn main() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
