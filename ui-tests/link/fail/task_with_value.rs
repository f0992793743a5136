//! A watched task that ends with a value, which nobody would look at.

#[catenae::link(input = "lines")]
fn mapper(_line: &str, ctx: &catenae::Context) {
    ctx.spawn(async { 7 });
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
