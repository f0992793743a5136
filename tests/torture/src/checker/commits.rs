//! Whether an offset was committed before everything below it was done.

use std::collections::BTreeMap;

use super::effects::Effects;
use super::{Findings, Kind};
use crate::history::{Flow, History, Place, StreamId};

/// The last committed offset by flow, stream and partition.
pub(super) type Last = BTreeMap<(usize, StreamId, i32), i64>;

/// The last committed offsets that were seen.
pub(super) fn last(history: &History) -> Last {
    let samples = history.samples.iter();
    let pairs = samples.map(|sample| ((sample.flow, sample.stream, sample.partition), sample.next));
    pairs.collect()
}

/// What a flow reads, by stream and partition: each offset with the time when it was done there;
/// `None` is never.
type Done = BTreeMap<(StreamId, i32), Vec<(i64, Option<i64>)>>;

fn done(history: &History, flow: &Flow, index: usize, effects: &Effects) -> Done {
    let mut all = Done::new();
    for ((stream, partition), inputs) in &history.inputs {
        let one = inputs.iter().map(|input| {
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            (input.offset, effects.done(flow, place, input.content, 0))
        });
        all.insert((*stream, *partition), one.collect());
    }
    for copy in history.waiting.iter().filter(|copy| copy.flow == index) {
        let parent = copy.parent;
        // A foreign one is complained about elsewhere.
        let done = parent.map_or(Some(i64::MIN), |parent| {
            effects.done(flow, parent, copy.content, copy.failed)
        });
        let place = (copy.place.stream, copy.place.partition);
        all.entry(place)
            .or_default()
            .push((copy.place.offset, done));
    }
    all
}

/// Compares every committed offset that was seen with what was done by then.
pub(super) fn judge(
    history: &History,
    flow: &Flow,
    index: usize,
    effects: &Effects,
    found: &mut Findings,
) {
    for ((stream, partition), records) in done(history, flow, index, effects) {
        // Of every record: when it and all those before it were done; `None` is never.
        let mut before = Some(i64::MIN);
        let finished = records.iter().map(|(_, own)| {
            before = before.zip(*own).map(|(before, own)| before.max(own));
            before
        });
        let finished: Vec<Option<i64>> = finished.collect();
        // A stream of retries has nothing behind its last record.
        let end = records.last().map_or(0, |(last, _)| last + 1);
        let end = history
            .ends
            .get(&(stream, partition))
            .copied()
            .unwrap_or(end);
        let ours = history.samples.iter().filter(|sample| {
            (sample.flow, sample.stream, sample.partition) == (index, stream, partition)
        });
        for sample in ours {
            let below = records.partition_point(|(offset, _)| *offset < sample.next);
            let past_the_end = sample.next > end;
            let finished = match below.checked_sub(1) {
                Some(last) => finished[last],
                None => Some(i64::MIN),
            };
            if past_the_end || finished.is_none_or(|then| then > sample.at) {
                found.add(Kind::Premature, || {
                    let place = Place {
                        stream,
                        partition,
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
