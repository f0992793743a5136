//! Two messages by value.

#[catenae::link(input = "lines")]
fn mapper(_word: String, _count: u64) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
