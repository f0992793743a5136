//! Two messages, which only the compiler can tell.

#[catenae::link(input = "lines")]
fn mapper(_word: String, _text: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
