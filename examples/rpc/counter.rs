//! A micromodule without streams: it counts words when it is asked to, and tells how often it saw one.

use std::collections::BTreeMap;

/// How often each word was seen by this instance.
#[derive(Default)]
pub struct Counts(BTreeMap<String, u64>);

/// Counts words. It reads nothing and sends nothing: it only answers.
#[catenae::link(rpc = [add, count, reset])]
pub fn counter(_: &Counts) {}

/// Counts a word, and says how often it was seen.
#[catenae::rpc]
pub fn add(counts: &mut Counts, word: String) -> u64 {
    let count = counts.0.entry(word).or_default();
    *count += 1;
    *count
}

/// How often a word was seen.
#[catenae::rpc(idempotent)]
pub fn count(counts: &Counts, word: String) -> Result<u64, Unknown> {
    counts.0.get(&word).copied().ok_or(Unknown { word })
}

/// Forgets everything, and says how many words that was.
#[catenae::rpc]
pub fn reset(counts: &mut Counts) -> usize {
    std::mem::take(&mut counts.0).len()
}

/// A word that was never seen: an error of one's own crosses as it is.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Unknown {
    /// The word.
    pub word: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_a_function() {
        let mut counts = Counts::default();
        assert_eq!(add(&mut counts, "to".to_owned()), 1);
        assert_eq!(add(&mut counts, "to".to_owned()), 2);
        assert_eq!(count(&counts, "to".to_owned()), Ok(2));
        assert_eq!(reset(&mut counts), 1);
    }
}
