//! The library under another name.

extern crate catenae as renamed;

// In a module: the emitted `main` compiles there, and is not run.
mod program {
    #[crate::renamed::link(input = "lines", output = "words", crate = ::renamed)]
    fn mapper(line: &str) -> Vec<&str> {
        line.split(' ').collect()
    }
}

fn main() {}
