//! Whether an offset was committed before everything below it had its outputs.

use std::collections::BTreeMap;

use super::effects::Effects;
use super::{Findings, Kind};
use crate::history::{Content, Flow, History, Place, StreamId};

/// The last committed offset by flow, stream and partition.
pub(super) type Last = BTreeMap<(usize, StreamId, i32), i64>;

/// The last committed offsets that were seen.
pub(super) fn last(history: &History) -> Last {
    let samples = history.samples.iter();
    let pairs = samples.map(|sample| ((sample.flow, sample.stream, sample.partition), sample.next));
    pairs.collect()
}

/// Compares every committed offset that was seen with what was finished by then.
pub(super) fn judge(
    history: &History,
    flow: &Flow,
    index: usize,
    effects: &Effects,
    found: &mut Findings,
) {
    for ((stream, partition), inputs) in &history.inputs {
        // Of every input: when it and all those before it were finished; `None` is never.
        let mut before = Some(i64::MIN);
        let finished = inputs.iter().map(|input| {
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            let own = match input.content {
                // Its effect is a dead letter, which is counted elsewhere.
                Content::Poison => Some(i64::MIN),
                Content::Record { .. } => effects.finished(flow, place),
            };
            before = before.zip(own).map(|(before, own)| before.max(own));
            before
        });
        let finished: Vec<Option<i64>> = finished.collect();
        let ours = history.samples.iter().filter(|sample| {
            (sample.flow, sample.stream, sample.partition) == (index, *stream, *partition)
        });
        for sample in ours {
            let below = inputs.partition_point(|input| input.offset < sample.next);
            let past_the_end = inputs
                .last()
                .is_none_or(|last| sample.next > last.offset + 1);
            let finished = match below.checked_sub(1) {
                Some(last) => finished[last],
                None => Some(i64::MIN),
            };
            if past_the_end && sample.next > 0 || finished.is_none_or(|then| then > sample.at) {
                found.add(Kind::Premature, || {
                    let place = Place {
                        stream: *stream,
                        partition: *partition,
                        offset: sample.next,
                    };
                    let name = history.name(place);
                    let name = format!("{}: committed {name}", flow.name);
                    if past_the_end {
                        return format!("{name}, which is past the end");
                    }
                    match finished {
                        Some(then) => format!("{name} {} ms too early", then - sample.at),
                        None => format!("{name}, and an input below it has no output"),
                    }
                });
            }
        }
    }
}
