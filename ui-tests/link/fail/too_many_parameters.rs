//! More parameters than a link can have.

use catenae::Context;

#[derive(Default)]
struct Counts;

#[catenae::link(input = "lines")]
fn mapper(_counts: &mut Counts, _line: String, _context: &Context, _other: &Counts) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
