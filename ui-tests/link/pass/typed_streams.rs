//! Streams with a type, in every form that fits.
#![allow(dead_code)]

use catenae::{Electron, Stream};

mod streams {
    use catenae::Stream;
    pub const LINES: Stream<String> = Stream::new("lines");
    pub const PAIRS: Stream<(String, u64)> = Stream::new("pairs");
}
const NUMBERS: Stream<u64> = Stream::new("numbers");

mod links {
    use super::*;

    #[catenae::link(input = streams::LINES, output = streams::PAIRS, main = false)]
    fn mapper(line: &str) -> Vec<(String, u64)> {
        vec![(line.to_owned(), 1)]
    }
    #[catenae::link(input = streams::PAIRS, output = [NUMBERS, streams::LINES, "rest"], main = false)]
    fn summer((_, n): (String, u64)) -> Result<Option<Electron<u64>>, std::io::Error> {
        Ok(Some(Electron::new(n)))
    }
    #[catenae::link(input = [NUMBERS, "more"], main = false)]
    fn leaf(_: Electron<u64>) {}
    #[catenae::link(input = NUMBERS, output = streams::LINES, main = false)]
    fn sends_by_itself(_: Option<u64>, _: &catenae::Context) {}
}

fn main() {}
