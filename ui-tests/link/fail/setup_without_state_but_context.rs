//! A setup with nothing to fill, which only the compiler can tell.

use catenae::Context;

fn build() -> u64 {
    1
}

#[catenae::link(input = "lines", setup = build)]
fn mapper(_line: String, _context: &Context) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
