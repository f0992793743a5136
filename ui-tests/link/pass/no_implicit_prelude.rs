//! Nothing but absolute paths.
#![no_implicit_prelude]

// In a module: the emitted `main` compiles there, and is not run.
mod program {
    struct Counts(u64);

    fn build() -> ::core::result::Result<Counts, ::std::string::String> {
        ::core::result::Result::Ok(Counts(0))
    }

    fn report(counts: Counts, _context: &::catenae::Context) {
        let _ = counts.0;
    }

    #[::catenae::link(input = "lines", output = "counts", setup = build, finish = report)]
    async fn counter(
        counts: &mut Counts,
        _line: ::std::string::String,
        _context: &::catenae::Context,
    ) -> ::core::result::Result<u64, ::std::io::Error> {
        counts.0 += 1;
        ::core::result::Result::Ok(counts.0)
    }
}

fn main() {}
