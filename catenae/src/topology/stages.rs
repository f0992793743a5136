//! The orderly end of a topology: link after link, in the direction of the streams.

use crate::config::Config;

/// Which of the links that still run may stop next: those that read nothing which another of them
/// writes. What their `finish` sends is then read by the rest. In a circle all stop at once.
///
/// Those that read nothing at all answer calls, also of the others' `finish`: they stop last.
pub(super) fn next(links: &[Config], runs: &[bool]) -> Vec<usize> {
    let reads_any = |index: &usize| runs[*index] && !links[*index].inputs.is_empty();
    let are_left = (0..links.len()).any(|index| reads_any(&index));
    let stops = |index: &usize| runs[*index] && (reads_any(index) || !are_left);
    let running = || (0..links.len()).filter(stops);
    let writes = |writer: &Config, reader: &Config| {
        let reads = |output| reader.inputs.iter().any(|(input, _)| input == output);
        writer.class != reader.class && writer.outputs.iter().any(|(output, _)| reads(output))
    };
    let is_first = |index: &usize| !running().any(|other| writes(&links[other], &links[*index]));
    let first: Vec<usize> = running().filter(is_first).collect();
    if first.is_empty() {
        running().collect()
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::config::{Broker, Uid};
    use crate::link::LinkSpec;
    use crate::stream::StreamName;

    fn link(class: &'static str, inputs: &[&str], outputs: &[&str]) -> Config {
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
            let next = next(links, &runs);
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
            &["ping pong end"],
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
}
