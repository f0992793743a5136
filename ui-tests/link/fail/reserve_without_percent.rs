//! A reserve without its sign.

#[catenae::link(input = ["a", "b"], input_mode = strict, reserve = 10)]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
