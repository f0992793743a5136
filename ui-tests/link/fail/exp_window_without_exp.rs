//! A window of a mode that is not chosen.

#[catenae::link(input = ["a", "b"], exp_window = "1m")]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
