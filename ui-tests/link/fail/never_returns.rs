//! A link that never returns.

#[catenae::link(output = "lines")]
fn mapper() -> ! {
    loop {}
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
