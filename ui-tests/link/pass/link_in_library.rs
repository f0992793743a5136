//! A link that lives elsewhere, and its program written by hand.

mod library {
    /// Says it twice.
    ///
    /// More of it.
    #[catenae::link(input = "lines", output = "words")]
    pub fn mapper(line: String) -> [String; 2] {
        [line.clone(), line]
    }
}

/// Its program, which is compiled and not run.
mod program {
    use super::library;

    catenae::main!(library::mapper);
}

fn main() {}
