//! The orderly end of a topology: link after link, in the direction of the streams.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::kafka::SideStreams;
use crate::stream::StreamName;

use super::quiet::Fed;

/// Which of the links that still run may stop next: those that read nothing which another of them
/// writes. What their `finish` sends is then read by the rest. Those of a circle stop at once, when nothing
/// outside of it writes to them.
///
/// Those that read nothing at all answer calls, also of the others' `finish`: they stop last.
pub(super) fn next(links: &[&Config], runs: &[bool]) -> Vec<usize> {
    let reads_any = |index: &usize| runs[*index] && !links[*index].inputs.is_empty();
    let are_left = (0..links.len()).any(|index| reads_any(&index));
    let stops = |index: &usize| runs[*index] && (reads_any(index) || !are_left);
    let running: Vec<usize> = (0..links.len()).filter(stops).collect();
    let reached = reached(links, &running);
    let is_first = |index: &usize| {
        let before = running.iter().filter(|other| {
            links[**other].class != links[*index].class && reached[*other].contains(index)
        });
        before
            .into_iter()
            .all(|other| reached[index].contains(other))
    };
    running.iter().copied().filter(is_first).collect()
}

/// Whether a link reads what it has written itself, directly or through others.
pub(super) fn have_circle(links: &[&Config]) -> bool {
    let all: Vec<usize> = (0..links.len()).collect();
    let reached = reached(links, &all);
    all.iter().any(|index| reached[index].contains(index))
}

/// Which links each of `some` writes to, directly or through others of them.
fn reached(links: &[&Config], some: &[usize]) -> BTreeMap<usize, BTreeSet<usize>> {
    let from = |start: &usize| {
        let mut found = BTreeSet::new();
        let mut open = vec![*start];
        while let Some(writer) = open.pop() {
            let readers = some
                .iter()
                .filter(|reader| writes(links[writer], links[**reader]));
            open.extend(readers.filter(|reader| found.insert(**reader)));
        }
        (*start, found)
    };
    some.iter().map(from).collect()
}

/// Whether a link that still runs writes to what those of `stage` read; they may do so themselves.
pub(super) fn fed(links: &[&Config], runs: &[bool], stage: &[usize]) -> Fed {
    let running = || links.iter().zip(runs).filter(|(_, runs)| **runs);
    let is_fed = |index: &usize| {
        let reader = links[*index];
        // What waits for a retry goes through a stream of its own.
        let delays = SideStreams::of(reader).delays();
        delays || running().any(|(writer, _)| writes(writer, reader))
    };
    match stage.iter().any(is_fed) {
        true => Fed::Still,
        false => Fed::NoMore,
    }
}

/// Whether one link writes to a stream that the other reads: its outputs, and its dead letters.
fn writes(writer: &Config, reader: &Config) -> bool {
    let reads = |stream: &StreamName| reader.inputs.iter().any(|(input, _)| input == stream);
    let side = SideStreams::of(writer);
    let dead = |(input, _): &(StreamName, _)| reads(&side.dead_letters(input));
    writer.outputs.iter().any(|(output, _)| reads(output)) || writer.inputs.iter().any(dead)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::codec::Codec;
    use crate::config::{Broker, Uid};
    use crate::outcome::{Retry, RetryWait};
    use crate::spec::LinkSpec;
    use crate::stream::StreamName;

    /// A link on paper.
    pub(in crate::topology) fn link(
        class: &'static str,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Config {
        let uid = Uid::random().expect("random digits");
        let spec = LinkSpec::new(class);
        let mut config = Config::new(&spec, uid, Broker::Embedded).expect("a configuration");
        let streams = |names: &[&str]| {
            let names = names.iter();
            names
                .map(|name| (StreamName::from(*name), Codec::Auto))
                .collect()
        };
        (config.inputs, config.outputs) = (streams(inputs), streams(outputs));
        config
    }

    /// The classes of each stage, in order.
    fn stages(links: &[Config]) -> Vec<String> {
        let mut runs = vec![true; links.len()];
        let mut stages = Vec::new();
        while runs.contains(&true) {
            let next = next(&links.iter().collect::<Vec<_>>(), &runs);
            let names: Vec<&str> = next.iter().map(|index| links[*index].class).collect();
            stages.push(names.join(" "));
            for index in next {
                runs[index] = false;
            }
        }
        stages
    }

    #[test]
    fn links_stop_in_the_direction_of_the_streams() {
        let check = |links: &[Config], expected: &[&str]| assert_eq!(stages(links), expected);
        check(
            &[
                link("reducer", &["words"], &["counts"]),
                link("mapper", &["lines"], &["words"]),
                link("mapper", &["lines"], &["words"]),
                link("printer", &["counts", "lines"], &[]),
            ],
            &["mapper mapper", "reducer", "printer"],
        );
        // What it sends to itself is its own business.
        check(
            &[
                link("loop", &["a", "b"], &["b", "c"]),
                link("end", &["c"], &[]),
            ],
            &["loop", "end"],
        );
        check(
            &[
                link("ping", &["a"], &["b"]),
                link("pong", &["b"], &["a", "c"]),
                link("end", &["c"], &[]),
            ],
            &["ping pong", "end"],
        );
        // Two circles, one behind the other, and what is in front of them.
        check(
            &[
                link("end", &["e"], &[]),
                link("tick", &["c"], &["d"]),
                link("tock", &["d"], &["c", "e"]),
                link("ping", &["a", "start"], &["b"]),
                link("pong", &["b"], &["a", "c"]),
                link("first", &["input"], &["start"]),
            ],
            &["first", "ping pong", "tick tock", "end"],
        );
        check(
            &[
                link("clerk", &[], &[]),
                link("desk", &[], &[]),
                link("asker", &["orders"], &[]),
            ],
            &["asker", "clerk desk"],
        );
        check(&[], &[]);
    }

    #[test]
    fn circles_are_found() {
        let check = |links: &[Config], expected| {
            assert_eq!(have_circle(&links.iter().collect::<Vec<_>>()), expected);
        };
        let chain = || [link("one", &["a"], &["b"]), link("two", &["b"], &["c"])];
        check(&chain(), false);
        let [one, two] = chain();
        check(&[one, two, link("three", &["c"], &["a"])], true);
        check(&[link("loop", &["a"], &["a"])], true);
        check(&[], false);
    }

    #[test]
    fn dead_letters_are_read_after_those_who_write_them() {
        let links = [
            link("undertaker", &["words.critic.dlq"], &[]),
            link("critic", &["words"], &[]),
        ];
        assert_eq!(stages(&links), ["critic", "undertaker"]);
    }

    #[test]
    fn two_looks_are_needed_only_where_somebody_writes_to_what_is_read() {
        let check = |links: &[Config], stage: &[usize], expected| {
            let links: Vec<&Config> = links.iter().collect();
            assert_eq!(fed(&links, &vec![true; links.len()], stage), expected);
        };
        let mapper = || link("mapper", &["lines"], &["words"]);
        let reducer = || link("reducer", &["words"], &[]);
        check(&[mapper(), reducer()], &[0], Fed::NoMore);
        check(&[mapper(), reducer()], &[1], Fed::Still);
        check(&[link("loop", &["a"], &["a"])], &[0], Fed::Still);
        let mut later = mapper();
        later.policy.retry = Some(Retry {
            max: 1,
            first: Duration::ZERO,
            longest: Duration::ZERO,
            jitter: false,
            waiting: RetryWait::Delayed,
        });
        check(&[later], &[0], Fed::Still);
    }
}
