//! A path in quotes.

#[derive(Default)]
struct Counts;

#[catenae::link(input = "lines", setup = "build")]
fn mapper(_counts: &mut Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
