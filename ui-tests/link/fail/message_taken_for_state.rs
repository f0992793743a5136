//! A message behind a reference, which makes it the state.

#[derive(serde::Deserialize)]
struct Line {
    _text: String,
}

#[catenae::link(input = "lines")]
fn mapper(_line: &Line) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
