//! A timeout without its unit.

#[catenae::link(input = "a", consumer_timeout = 300)]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
