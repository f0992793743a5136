//! A parameter that comes and goes.

#[catenae::link(input = "lines")]
fn mapper(#[cfg(unix)] _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
