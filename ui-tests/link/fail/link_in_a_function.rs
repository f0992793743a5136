//! A link inside `main`: the `main` that is written beside it would be nobody's, and the program would do nothing.

fn main() {
    #[catenae::link(input = "lines")]
    fn mapper(_line: &str) {}
}
