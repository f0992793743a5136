//! A finish with nothing to end.

fn report(_counts: u64) {}

#[catenae::link(input = "lines", finish = report)]
fn mapper(_line: String) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
