//! A timeout of more than a day.

#[catenae::link(input = "a", consumer_timeout = "25h")]
fn reducer(_word: String) {}

#[expect(dead_code)]
fn used() {
    let _ = reducer;
    let _ = <reducer as catenae::Link>::SPEC;
}
