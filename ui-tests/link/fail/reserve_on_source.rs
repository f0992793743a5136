//! A reserve without inputs.

#[catenae::link(output = "a", reserve = 10%)]
fn source() -> String {
    String::new()
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
