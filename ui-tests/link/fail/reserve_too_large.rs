//! A reserve that would come first.

#[catenae::link(input = ["a", "b"], input_mode = strict, reserve = 60%)]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
