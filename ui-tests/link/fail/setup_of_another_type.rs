//! A setup that makes something else.

#[derive(Default)]
struct Counts;

fn build() -> Result<String, std::io::Error> {
    Ok(String::new())
}

#[catenae::link(input = "lines", setup = build)]
fn mapper(_counts: &mut Counts, _line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
