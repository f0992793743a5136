//! The end of the filter: prints the lines that have a wanted word.

use std::collections::BTreeSet;

use catenae::prelude::*;

/// What the filter looks for.
#[derive(clap::Args)]
pub struct Words {
    /// The wanted words, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "rain,river,sea")]
    words: Vec<String>,
}

/// The wanted words, in lower case.
pub struct Wanted(BTreeSet<String>);

/// Builds the state once, before the first line comes.
fn wanted(ctx: &Context) -> Wanted {
    let words = ctx.args::<Words>().into_iter().flat_map(|args| &args.words);
    Wanted(words.map(|word| word.to_lowercase()).collect())
}

/// Prints a line that has a wanted word, behind those it has.
#[catenae::link(input = "filter_input", setup = wanted, args = Words)]
pub fn filter(wanted: &Wanted, line: &str) {
    let found = found(wanted, line);
    if !found.is_empty() {
        println!("[{}] {line}", found.join(", "));
    }
}

/// The wanted words among those of a line: runs of letters and digits, in any case.
fn found(Wanted(wanted): &Wanted, line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_alphanumeric());
    let words: BTreeSet<String> = words.map(str::to_lowercase).collect();
    wanted.intersection(&words).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, found};

    #[test]
    fn a_line_is_found_by_its_whole_words() {
        let wanted = Wanted(["rain", "sea"].map(str::to_owned).into());
        for (line, words) in [
            ("The rain, the SEA.", vec!["rain", "sea"]),
            ("A train to the seaside", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(&wanted, line), words, "{line}");
        }
    }
}
