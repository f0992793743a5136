//! A setup with nothing to fill.

fn build() -> u64 {
    1
}

#[catenae::link(input = "lines", setup = build)]
fn mapper(_line: String) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
