//! A message from nowhere.

#[catenae::link(output = "words")]
fn mapper(line: String) -> String {
    line
}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
