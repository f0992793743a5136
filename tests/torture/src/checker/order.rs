//! Whether outputs lie in the order of their inputs.

use std::collections::{HashMap, HashSet};

use super::effects::by;
use super::{Findings, Kind};
use crate::history::{Content, Due, Flow, History, Made, Ordered, Place, StreamId};

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
            if flow.delays(content) > 0 || flow.due(content) == Due::Either {
                // It has given its place up, or has no key to lie in a partition by.
                continue;
            }
            let key = match flow.rules.ordered {
                Ordered::Partition => None,
                Ordered::Key => Some(made.key),
            };
            let place = Place {
                stream: *stream,
                partition: output.partition,
                offset: output.offset,
            };
            for (kind, written) in order.meet(Written { place, key, made }) {
                found.add(kind, || written.named(history));
            }
        }
        for written in order.left_over() {
            found.add(Kind::OutOfOrder, || written.named(history));
        }
    }
}

/// An output where it was found; `key` is set where only equal keys are ordered.
#[derive(Clone, Copy)]
struct Written {
    place: Place,
    key: Option<u32>,
    made: Made,
}

impl Written {
    fn named(&self, history: &History) -> String {
        let by = by(history, self.made.by);
        let parent = history.name(self.made.parent);
        format!("{} of {parent} by {by}", history.name(self.place))
    }

    fn sequence(&self) -> Sequence {
        let Made { by, parent, .. } = self.made;
        let from = (parent.stream, parent.partition);
        (self.place.partition, by, self.key, from)
    }
}

/// Output partition, instance, key if only that is ordered, and input partition.
type Sequence = (i32, u32, Option<u32>, (StreamId, i32));

/// What has been seen of one output stream.
#[derive(Default)]
struct Order {
    /// Each output by its number, which its instance has given it once.
    written: HashSet<(i32, u32, u64)>,
    seen: HashSet<Place>,
    seen_by: HashSet<(u32, Place)>,
    /// The latest input by key and input stream.
    of_key: HashMap<(u32, StreamId), i64>,
    /// The latest input of each sequence.
    of_sequence: HashMap<Sequence, i64>,
    /// Outputs that lie behind those of later inputs, until it is seen why.
    late: HashMap<Sequence, Vec<Written>>,
    /// How many an instance had handled, by output partition, and by key if only that is ordered.
    handled: HashMap<(i32, u32, Option<u32>), u64>,
    /// What the state of an instance had counted, by key.
    counted: HashMap<(u32, u32), u64>,
}

impl Order {
    /// Takes the next output of a partition in; returns what is wrong, and with which.
    fn meet(&mut self, written: Written) -> Vec<(Kind, Written)> {
        let Written { place, key, made } = written;
        let Made { by, parent, .. } = made;
        let partition = place.partition;
        // An answer that is lost makes the client send a batch again, and idempotence does not hold over every death of
        // a broker. It says nothing about the order in which the instance has sent.
        if !self.written.insert((partition, by, made.nth)) {
            return vec![(Kind::WrittenTwice, written)];
        }
        let mut wrong = Vec::new();
        // A repetition goes back, and is complained about elsewhere.
        if self.seen.insert(parent) {
            let latest = self.of_key.entry((made.key, parent.stream)).or_insert(-1);
            if parent.offset < *latest {
                wrong.push((Kind::Overtaken, written));
            }
            *latest = parent.offset.max(*latest);
        }
        // A lane handles one electron after the other.
        let handled = self.handled.entry((partition, by, key)).or_insert(0);
        let sent_in_order = made.nth > *handled;
        *handled = made.nth.max(*handled);
        let mut late = self.in_sequence(written, sent_in_order);
        if !sent_in_order {
            late.push(written);
        }
        wrong.extend(late.into_iter().map(|late| (Kind::OutOfOrder, late)));
        if made.count > 0 {
            let counted = self.counted.entry((by, made.key)).or_insert(0);
            if made.count <= *counted {
                wrong.push((Kind::State, written));
            }
            *counted = made.count.max(*counted);
        }
        wrong
    }

    /// Compares an output with those of its sequence; returns those that are late without a reason.
    ///
    /// An instance that reads a partition again from an earlier offset goes back. What the first time was not
    /// delivered, and the second time is, lies late then, between outputs that are there for the second time.
    fn in_sequence(&mut self, written: Written, sent_in_order: bool) -> Vec<Written> {
        let parent = written.made.parent;
        let latest = self.of_sequence.entry(written.sequence()).or_insert(-1);
        let late = self.late.entry(written.sequence()).or_default();
        let is_new = self.seen_by.insert((written.made.by, parent));
        if parent.offset > *latest {
            *latest = parent.offset;
            return std::mem::take(late);
        }
        if is_new && sent_in_order {
            late.push(written);
        } else if !is_new {
            late.retain(|late| late.made.parent.offset >= parent.offset);
        }
        Vec::new()
    }

    /// What is late when nothing comes any more.
    fn left_over(self) -> Vec<Written> {
        self.late.into_values().flatten().collect()
    }
}
