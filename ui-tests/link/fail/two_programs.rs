//! Two links in one file: each would be the program; `main = false` on one of them says which.

#[catenae::link(input = "lines")]
fn mapper(_line: &str) {}

#[catenae::link(input = "words")]
fn reducer(_word: &str) {}
