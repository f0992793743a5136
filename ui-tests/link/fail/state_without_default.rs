//! A state that nobody can build.

struct Counts(#[expect(dead_code)] u64);

#[catenae::link(input = "lines")]
fn mapper(_counts: &mut Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
