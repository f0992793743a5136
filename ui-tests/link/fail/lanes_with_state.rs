//! Several lanes and an exclusive state.

#[derive(Default)]
struct Counts;

#[catenae::link(input = "lines", lanes = 4)]
fn mapper(_counts: &mut Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
