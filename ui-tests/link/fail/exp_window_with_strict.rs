//! A window where there are no shares.

#[catenae::link(input = ["a", "b"], input_mode = strict, exp_window = "1m")]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
