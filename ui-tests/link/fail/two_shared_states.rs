//! Two shared states, which only the compiler can tell.

#[derive(Default)]
struct Counts;

#[derive(Default)]
struct Words;

#[catenae::link(input = "lines")]
fn mapper(_counts: &Counts, _words: &Words, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
