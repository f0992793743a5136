//! An output that cannot be written.

struct Word;

#[catenae::link(input = "lines", output = "words")]
fn mapper(_line: &str) -> Word {
    Word
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
