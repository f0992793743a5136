//! Several lanes and a shared state, which only the compiler can tell.

#[derive(Default)]
struct Counts;

#[catenae::link(input = "lines", lanes = 4)]
fn mapper(_counts: &Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
