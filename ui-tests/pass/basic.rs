//! A link is a function with a twin and a program.

/// Says it twice.
///
/// More text.
#[catenae::link(input = "lines", output = "words")]
fn mapper(line: &str) -> Vec<String> {
    vec![line.to_owned(); 2]
}

#[test]
fn unused() {
    let _ = main;
}

const _: () = {
    let spec = <mapper as catenae::Link>::SPEC;
    assert!(spec.lanes == 1);
};
