//! No lint of the expansion reaches the user, in a documented public module.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(unused_qualifications, rust_2018_idioms, single_use_lifetimes, elided_lifetimes_in_paths)]

/// A program in a module: the emitted `main` compiles there, and is not run.
pub mod program {
    use catenae::{Context, Electron, Stream};

    /// The lines.
    pub const LINES: Stream<String> = Stream::new("lines");

    #[derive(Debug, Default)]
    struct Counts(u64);

    /// Numbers the lines.
    #[catenae::link(input = LINES, output = ["numbered", "others"], group = "mine")]
    fn number(counts: &mut Counts, line: Electron<&str>, _context: &Context) -> Electron<(u64, String)> {
        counts.0 += 1;
        Electron::new((counts.0, line.value.to_owned()))
    }
}

/// Other links in the same program.
mod others {
    /// Counts.
    #[catenae::link(output = "numbers", every = "500ms", main = false)]
    pub(crate) fn source() -> impl Iterator<Item = u64> {
        0..3
    }

    /// Its program would be another one.
    #[catenae::link(input = "numbers", lanes = 4)]
    fn sink(_number: u64) {}
}

fn main() {}
