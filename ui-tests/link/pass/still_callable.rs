//! The function is the user's: called directly, also where the link is described by its twin.

use catenae::Link;

#[catenae::link(input = "lines", output = "words", main = false)]
fn mapper(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn main() {
    assert_eq!(mapper("a b"), ["a", "b"]);
    assert_eq!(<mapper as Link>::SPEC.class, "mapper");
}
