//! A name that is no part of a stream's name.

#[catenae::link(input = "lines", main = false)]
fn größe(_line: &str) {}

fn main() {
    let _ = größe;
    let _ = <größe as catenae::Link>::SPEC;
}
