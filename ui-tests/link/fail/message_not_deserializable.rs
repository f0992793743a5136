//! A message that cannot be read.

struct Line;

#[catenae::link(input = "lines")]
fn mapper(_line: Line) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
