//! Names that look alike: what a misspelled one was probably meant to be.

use strsim::osa_distance;

/// The one of `known` that `name` was probably meant to be: not `name` itself.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    alike(name, known).into_iter().next()
}

/// All of `known` that `name` may have been meant to be, the nearest first.
pub(crate) fn alike<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    let plain = plain(name);
    let mut alike: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|other| *other != name)
        .map(|other| (osa_distance(&plain, &self::plain(other)), other))
        .filter(|(distance, other)| *distance <= (other.chars().count() / 4).min(3))
        .collect();
    alike.sort_unstable();
    alike.into_iter().map(|(_, other)| other).collect()
}

/// Case and the three separators are the first that people mix up.
fn plain(name: &str) -> String {
    let one = |c: char| if matches!(c, '.' | '-') { '_' } else { c };
    name.to_lowercase().chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelled_name_finds_the_one_that_was_meant() {
        let known = ["words", "mapper_input", "reducer_input", "a", "b"];
        let check = |name, expected| assert_eq!(nearest(name, known), expected, "{name}");
        check("wrods", Some("words"));
        check("word", Some("words"));
        check("Words", Some("words"));
        check("mapper-input", Some("mapper_input"));
        check("maper.input", Some("mapper_input"));
        check("reducer_inputs", Some("reducer_input"));
        // Itself is no answer, and neither is anything else that short.
        check("words", None);
        check("counts", None);
        check("orders", None);
        assert_eq!(nearest("a", []), None);
    }
}
