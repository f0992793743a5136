//! The middle of the word count: takes lines, sends words.

/// Sends each word of a line, in lower case, with a count of one.
///
/// A word is a run of letters and digits; everything else separates words.
#[catenae::link(input = "mapper_input", output = "reducer_input")]
pub fn mapper(line: &str) -> Vec<(String, u64)> {
    line.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| (word.to_lowercase(), 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::mapper;

    #[test]
    fn a_line_becomes_its_words() {
        let words: Vec<String> = mapper("Don't panic!")
            .into_iter()
            .map(|(word, _)| word)
            .collect();
        assert_eq!(words, ["don", "t", "panic"]);
    }
}
