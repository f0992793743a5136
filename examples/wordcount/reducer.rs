//! The end of the word count: adds up, and prints the totals when it stops.

use std::collections::BTreeMap;

/// How often each word was seen.
#[derive(Default)]
pub struct Counts(BTreeMap<String, u64>);

/// Adds up the counts of each word.
#[catenae::link(input = "reducer_input", finish = print)]
pub fn reducer(counts: &mut Counts, (word, n): (String, u64)) {
    *counts.0.entry(word).or_default() += n;
}

/// Prints the totals, one word per line.
fn print(counts: Counts) {
    for (word, n) in counts.0 {
        println!("{n} {word}");
    }
}
