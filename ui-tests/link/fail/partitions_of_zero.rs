//! A stream without partitions.

#[catenae::link(input = "a", partitions = 0)]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
