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

catenae::main!(library::mapper);
