//! A misspelled input mode; nothing is said of the reserve.

#[catenae::link(input = ["a", "b"], input_mode = stirct, reserve = 10%)]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
