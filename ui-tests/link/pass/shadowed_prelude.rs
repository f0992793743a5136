//! The user's own `Result`, `Option`, `Vec`, `String`, `Ok` and `Some`.
#![allow(dead_code)]

// In a module: the emitted `main` compiles there, and is not run.
mod program {
    type Result<T> = ::std::result::Result<T, Error>;

    #[derive(Debug)]
    struct Error;

    struct Option;
    struct Vec;
    struct String;
    struct Type;
    struct Context;
    fn parameters() {}
    fn state() {}

    mod core {}
    mod std_lookalike {}

    #[expect(non_snake_case, reason = "shadows the prelude's")]
    fn Ok() {}
    #[expect(non_snake_case, reason = "shadows the prelude's")]
    fn Some() {}

    fn item() {}

    #[derive(Default)]
    struct Default(u64);

    #[catenae::link(input = "lines", output = "words")]
    fn mapper(_state: &mut Default, line: &str, _context: &catenae::Context) -> Result<u64> {
        Result::Ok(line.len() as u64)
    }
}

fn main() {}
