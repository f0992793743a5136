//! Finds what is wrong with a topology, all of it at once, from the descriptions of its links alone.

use std::collections::BTreeSet;

use crate::rpc::named_twice;
use crate::stream::{StreamName, nearest};

use super::external::{Direction, External};
use super::facts::Facts;
use super::mistake::{Hint, Mistake};
use super::role::LinkRole;

/// Whether others can write to the broker and read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// A broker inside this process.
    Alone,
    /// A Kafka, or it is not known yet.
    Shared,
}

/// Every mistake in a topology of these links, in the order in which they stand there.
pub(super) fn mistakes(links: &[Facts<'_>], external: &External, reach: Reach) -> Vec<Mistake> {
    if links.is_empty() {
        return vec![Mistake::NoLinks];
    }
    let mut found = Vec::new();
    classes(links, &mut found);
    groups(links, &mut found);
    for one in links {
        single(one, &mut found);
    }
    streams(links, external, &mut found);
    let acts = |one: &Facts<'_>| matches!(one.role(), LinkRole::Source | LinkRole::Ticker);
    if reach == Reach::Alone && !links.iter().any(acts) {
        found.push(Mistake::NoSource);
    }
    found
}

/// Each class once, and each with somebody who does its work.
fn classes(links: &[Facts<'_>], found: &mut Vec<Mistake>) {
    for (at, one) in links.iter().enumerate() {
        let class = one.class();
        if one.instances == 0 {
            found.push(Mistake::NoInstances { class });
        }
        let same: Vec<&Facts<'_>> = links
            .iter()
            .filter(|other| other.class() == class)
            .collect();
        if same.len() == 1 || links[..at].iter().any(|other| other.class() == class) {
            continue;
        }
        found.push(match same.iter().find(|other| other.link != one.link) {
            Some(other) => Mistake::TwoFunctions {
                class,
                first: one.path,
                second: other.path,
            },
            None => Mistake::Repeated {
                class,
                times: same.len(),
                instances: same.iter().map(|other| other.instances).sum(),
            },
        });
    }
}

/// Two links of one group share a stream where each wants all of it.
fn groups(links: &[Facts<'_>], found: &mut Vec<Mistake>) {
    for (at, second) in links.iter().enumerate() {
        let group = &second.config.group;
        let others = links[..at].iter();
        let others =
            others.filter(|one| one.config.group == *group && one.class() != second.class());
        for first in others {
            let shared = |input: &&StreamName| first.inputs().any(|other| other == *input);
            found.extend(
                second
                    .inputs()
                    .filter(shared)
                    .map(|stream| Mistake::SharedGroup {
                        first: first.class(),
                        second: second.class(),
                        stream: stream.clone(),
                        group: group.clone(),
                    }),
            );
        }
    }
}

/// What a link is refused for on its own, too.
fn single(one: &Facts<'_>, found: &mut Vec<Mistake>) {
    let class = one.class();
    if one.takes_message && one.config.inputs.is_empty() {
        found.push(Mistake::NoInput { class });
    }
    if one.returns != "()" && one.config.outputs.is_empty() {
        let returns = one.returns;
        found.push(Mistake::NoOutput { class, returns });
    }
    if let Some(method) = named_twice(one.methods.iter().copied()) {
        found.push(Mistake::TwoMethods { class, method });
    }
}

/// Every input is written, and every output read, by a link here or by those that were declared.
fn streams(links: &[Facts<'_>], external: &External, found: &mut Vec<Mistake>) {
    let mut written: BTreeSet<StreamName> =
        links.iter().flat_map(Facts::outputs).cloned().collect();
    for one in links.iter().filter(|one| one.writes_dead_letters()) {
        written.extend(one.dead_letters());
    }
    let read: BTreeSet<StreamName> = links.iter().flat_map(Facts::inputs).cloned().collect();
    let is_external = |way, name: &StreamName| external.has(way, name);
    let mut unread: Vec<(&'static str, &StreamName)> = Vec::new();
    for one in links {
        for output in one.outputs() {
            let known = unread.contains(&(one.class(), output));
            if !known && !read.contains(output) && !is_external(Direction::Output, output) {
                unread.push((one.class(), output));
            }
        }
    }
    let mut said = BTreeSet::new();
    for one in links {
        for input in one.inputs() {
            let fine = written.contains(input) || is_external(Direction::Input, input);
            if fine || !said.insert((one.class(), input)) {
                continue;
            }
            let reader = one.class();
            let meant = nearest(input.as_str(), unread.iter().map(|(_, name)| name.as_str()));
            let meant = unread
                .iter()
                .position(|(_, name)| meant == Some(name.as_str()));
            found.push(match meant.map(|at| unread.remove(at)) {
                Some((writer, output)) => Mistake::Misspelled {
                    reader,
                    input: input.clone(),
                    writer,
                    output: output.clone(),
                },
                None => Mistake::Unwritten {
                    reader,
                    input: input.clone(),
                    hint: dead_letters_of(links, input).unwrap_or_else(|| alike(input, &written)),
                },
            });
        }
    }
    found.extend(unread.into_iter().map(|(writer, output)| Mistake::Unread {
        writer,
        output: output.clone(),
        hint: alike(output, &read),
    }));
    for (direction, stream) in external.iter() {
        let used = match direction {
            Direction::Input => &read,
            Direction::Output => &written,
        };
        if !used.contains(stream) {
            found.push(Mistake::UnusedExternal {
                direction,
                stream: stream.clone(),
                hint: alike(stream, used),
            });
        }
    }
}

fn alike(name: &StreamName, known: &BTreeSet<StreamName>) -> Hint {
    let near = nearest(name.as_str(), known.iter().map(StreamName::as_str));
    near.map_or(Hint::Nothing, |near| Hint::LooksLike(near.into()))
}

/// Whether a link here would write its dead letters to `input`, if it wrote any.
fn dead_letters_of(links: &[Facts<'_>], input: &StreamName) -> Option<Hint> {
    let mut links = links.iter();
    let one = links.find(|one| one.dead_letters().any(|stream| stream == *input))?;
    Some(Hint::DeadLetters { class: one.class() })
}

#[cfg(test)]
mod tests;
