//! An input mode in quotes, of another name.

#[catenae::link(input = ["a", "b"], input_mode = "priority")]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
