//! How inputs are read, for a link that has none.

#[catenae::link(output = "a", input_mode = exp)]
fn source() -> String {
    String::new()
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
