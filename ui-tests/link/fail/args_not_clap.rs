//! Arguments that clap does not know.

struct Mine;

#[catenae::link(input = "lines", args = Mine)]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
