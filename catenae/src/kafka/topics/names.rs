//! Names of streams that get in each other's way, and names that look alike.

use std::collections::BTreeMap;

use super::PlannedStream;
use crate::error::{Error, ErrorKind};
use crate::stream::alike;

/// Refuses to create a stream whose name Kafka takes for that of another one: it makes no difference
/// between `.` and `_` where it counts.
pub(super) fn refuse_colliding(
    missing: &[&PlannedStream],
    there: &BTreeMap<String, usize>,
) -> Result<(), Error> {
    for (index, stream) in missing.iter().enumerate() {
        let earlier = missing[..index].iter().map(|other| other.name.as_str());
        let others = there.keys().map(String::as_str).chain(earlier);
        let name = stream.name.as_str();
        if let Some(other) = colliding(name, others) {
            let context = format!(
                "stream `{name}` cannot be created beside `{other}`: Kafka treats `.` and `_` in \
                 names as equal. Did you mean that one? Otherwise rename one of the two{}",
                beside(name)
            );
            return Err(Error::new(ErrorKind::Stream, context));
        }
    }
    Ok(())
}

/// How the name of a stream that nobody has written is changed.
fn beside(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "dlq" | "retry")) => {
            ": this one is named after its input and its link, `<input>.<link>.dlq`"
        }
        _ => "",
    }
}

/// The one of `others` that differs from `name` in `.` and `_` only.
fn colliding<'o>(name: &str, mut others: impl Iterator<Item = &'o str>) -> Option<&'o str> {
    let plain = |name: &str| name.replace('.', "_");
    others.find(|other| *other != name && plain(other) == plain(name))
}

/// The streams that `name` was perhaps meant to be, of those that are there; the nearest first.
pub(super) fn meant<'t>(name: &str, there: &'t BTreeMap<String, usize>) -> Vec<&'t str> {
    // Not those that Kafka, or this library, has for itself.
    let of_users = |other: &&str| {
        let own = ["__", "catenae_"].iter().any(|own| other.starts_with(own));
        let beside = [".dlq", ".retry"].iter().any(|end| other.ends_with(end));
        !own && !beside
    };
    // `orders-1` and `orders-2` are two streams, not one that is misspelled.
    let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let others = there.keys().map(String::as_str).filter(of_users);
    alike(name, others.filter(|other| letters(other) != letters(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_dot_and_underscore_only_collide() {
        let others = ["a.b", "c_d", "e"];
        let check = |name, expected| assert_eq!(colliding(name, others.into_iter()), expected);
        check("a_b", Some("a.b"));
        check("c.d", Some("c_d"));
        check("a.b", None);
        check("a-b", None);
        check("e", None);
    }

    #[test]
    fn a_name_that_looks_like_one_that_is_there_was_perhaps_meant_to_be_that() {
        let there = [
            "lines",
            "orders",
            "orders-1",
            "catenae_instances",
            "words.x.dlq",
            "__consumer_offsets",
        ];
        let there = there.map(|name| (name.to_owned(), 1)).into();
        let check = |name, expected: &[&str]| assert_eq!(meant(name, &there), expected, "{name}");
        check("linse", &["lines"]);
        check("orders-2", &[]);
        check("orders1", &["orders-1"]);
        check("orderz-1", &["orders-1"]);
        check("order", &["orders"]);
        check("catenae_instance", &[]);
        check("words.y.dlq", &[]);
        check("counts", &[]);
    }
}
