//! An output in a list in a result that cannot be written.

struct Word;

#[catenae::link(input = "lines", output = "words")]
async fn mapper(_line: String) -> Result<Vec<Word>, std::io::Error> {
    Ok(Vec::new())
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
