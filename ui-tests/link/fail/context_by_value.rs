//! The context by value.

use catenae::Context;

#[catenae::link(input = "lines")]
fn mapper(_context: Context) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
