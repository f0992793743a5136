//! A reserve without inputs.

#[catenae::link(output = "a", input_mode = strict, reserve = 10%)]
fn source() -> String {
    String::new()
}

#[expect(dead_code)]
fn used() {
    let _ = source;
    let _ = <source as catenae::Link>::SPEC;
}
