//! The library under another name.

extern crate catenae as renamed;

#[renamed::link(input = "lines", output = "words", crate = ::renamed)]
fn mapper(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}
