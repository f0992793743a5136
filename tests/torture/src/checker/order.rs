//! Whether outputs lie in the order of their inputs.

use std::collections::{HashMap, HashSet};

use super::effects::by;
use super::{Findings, Kind};
use crate::history::{Content, Flow, History, Made, Ordered, Place, StreamId};

/// Complains about outputs that lie before those of earlier inputs.
pub(super) fn judge(history: &History, flow: &Flow, found: &mut Findings) {
    for stream in &flow.outputs {
        let mut order = Order::default();
        for output in history.outputs.get(stream).into_iter().flatten() {
            let Some(made) = output.made else { continue };
            let content = Content::Record {
                seq: made.seq,
                key: made.key,
                crc: made.crc,
            };
            if flow.delays(content) > 0 {
                // It has given its place up.
                continue;
            }
            let key = match flow.rules.ordered {
                Ordered::Partition => None,
                Ordered::Key => Some(made.key),
            };
            for kind in order.meet(output.partition, key, &made) {
                found.add(kind, || {
                    let place = Place {
                        stream: *stream,
                        partition: output.partition,
                        offset: output.offset,
                    };
                    let by = by(history, made.by);
                    let parent = history.name(made.parent);
                    format!("{} of {parent} by {by}", history.name(place))
                });
            }
        }
    }
}

/// What has been seen of one output stream.
#[derive(Default)]
struct Order {
    seen: HashSet<Place>,
    seen_by: HashSet<(u32, Place)>,
    /// The latest input by key and input stream.
    of_key: HashMap<(u32, StreamId), i64>,
    /// The latest input by output partition, instance, key if only that is ordered, and input
    /// partition.
    of_instance: HashMap<(i32, u32, Option<u32>, StreamId, i32), i64>,
    /// How many an instance had handled, by output partition, and by key if only that is ordered.
    handled: HashMap<(i32, u32, Option<u32>), u64>,
    /// What the state of an instance had counted, by key.
    counted: HashMap<(u32, u32), u64>,
}

impl Order {
    /// Takes the next output of a partition in; returns what is wrong with its place.
    fn meet(&mut self, partition: i32, key: Option<u32>, made: &Made) -> Vec<Kind> {
        let Made { by, parent, .. } = *made;
        let mut wrong = Vec::new();
        // A repetition goes back, and is complained about elsewhere.
        if self.seen.insert(parent) {
            let latest = self.of_key.entry((made.key, parent.stream)).or_insert(-1);
            if parent.offset < *latest {
                wrong.push(Kind::Overtaken);
            }
            *latest = parent.offset.max(*latest);
        }
        let mut in_order = true;
        if self.seen_by.insert((by, parent)) {
            let lane = (partition, by, key, parent.stream, parent.partition);
            let latest = self.of_instance.entry(lane).or_insert(-1);
            in_order &= parent.offset > *latest;
            *latest = parent.offset.max(*latest);
        }
        // A lane handles one electron after the other; what a client sends twice shows here.
        let handled = self.handled.entry((partition, by, key)).or_insert(0);
        in_order &= made.nth > *handled;
        *handled = made.nth.max(*handled);
        if !in_order {
            wrong.push(Kind::OutOfOrder);
        }
        if made.count > 0 {
            let counted = self.counted.entry((by, made.key)).or_insert(0);
            if made.count <= *counted {
                wrong.push(Kind::State);
            }
            *counted = made.count.max(*counted);
        }
        wrong
    }
}
