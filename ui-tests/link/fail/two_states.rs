//! Two exclusive states.

#[derive(Default)]
struct Counts;

#[derive(Default)]
struct Words;

#[catenae::link(input = "lines")]
fn mapper(_counts: &mut Counts, _words: &mut Words, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
