//! A finish that borrows the state.

#[derive(Default)]
struct Counts;

fn report(_counts: &Counts) {}

#[catenae::link(input = "lines", finish = report)]
fn mapper(_counts: &mut Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
