//! Which inputs have which outputs: lost, repeated, made up, corrupted.

use std::collections::{HashMap, HashSet};

use super::commits::Last;
use super::{Findings, Kind};
use crate::history::{Content, Flow, History, Place, StreamId};

/// What became of the inputs of a flow: per output stream and input, when it was first there.
pub(super) struct Effects(HashMap<(StreamId, Place), i64>);

impl Effects {
    /// When every output of an input was there, in milliseconds since the Unix epoch.
    pub(super) fn finished(&self, flow: &Flow, input: Place) -> Option<i64> {
        let times = flow.outputs.iter().map(|stream| self.first(*stream, input));
        times.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))?
    }

    fn first(&self, stream: StreamId, input: Place) -> Option<i64> {
        self.0.get(&(stream, input)).copied()
    }
}

/// Goes through the outputs of a flow; complains about those that should not be.
pub(super) fn of(history: &History, flow: &Flow, found: &mut Findings) -> Effects {
    let mut firsts = HashMap::new();
    for stream in &flow.outputs {
        for output in history.outputs.get(stream).into_iter().flatten() {
            let here = || {
                history.name(Place {
                    stream: *stream,
                    partition: output.partition,
                    offset: output.offset,
                })
            };
            let Some(made) = output.made else {
                found.add(Kind::Corrupted, here);
                continue;
            };
            let input = history.input(made.parent);
            let input = input.filter(|_| flow.inputs.contains(&made.parent.stream));
            let Some(input) = input else {
                found.add(Kind::Phantom, || {
                    format!("{} of {}", here(), history.name(made.parent))
                });
                continue;
            };
            let sent = Content::Record {
                seq: made.seq,
                key: made.key,
                crc: made.crc,
            };
            match input.content {
                Content::Poison => found.add(Kind::Phantom, || {
                    format!("{} of poison, {}", here(), history.name(made.parent))
                }),
                content if content != sent => found.add(Kind::Corrupted, || {
                    format!(
                        "{} of {}: {sent:?}, {content:?}",
                        here(),
                        history.name(made.parent)
                    )
                }),
                _ => {
                    let mut repeated = true;
                    firsts.entry((*stream, made.parent)).or_insert_with(|| {
                        repeated = false;
                        output.at
                    });
                    if repeated {
                        found.add(Kind::Repeated, || {
                            let by = by(history, made.by);
                            format!("{} of {} by {by}", here(), history.name(made.parent))
                        });
                    }
                }
            }
        }
    }
    Effects(firsts)
}

/// Complains about the inputs of a flow that lack an output.
pub(super) fn judge(
    history: &History,
    flow: &Flow,
    index: usize,
    effects: &Effects,
    last: &Last,
    found: &mut Findings,
) {
    for ((stream, partition), inputs) in &history.inputs {
        if !flow.inputs.contains(stream) {
            continue;
        }
        let committed = last.get(&(index, *stream, *partition)).copied();
        for input in inputs {
            if input.content == Content::Poison {
                continue;
            }
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            for output in &flow.outputs {
                if effects.first(*output, place).is_some() {
                    continue;
                }
                let kind = if input.offset < committed.unwrap_or(0) {
                    Kind::Lost
                } else {
                    Kind::Unfinished
                };
                found.add(kind, || {
                    format!("{} in {}", history.name(place), history.streams[*output])
                });
            }
        }
    }
}

/// The records that lie on an input stream more than once.
pub(super) fn sent_twice(history: &History) -> Vec<(StreamId, Content)> {
    let mut seen = HashSet::new();
    let all = history.inputs.iter();
    let all =
        all.flat_map(|((stream, _), inputs)| inputs.iter().map(|input| (*stream, input.content)));
    let records = all.filter(|(_, content)| *content != Content::Poison);
    records.filter(|record| !seen.insert(*record)).collect()
}

/// The name of a process.
pub(super) fn by(history: &History, number: u32) -> &str {
    let name = history.instances.get(number as usize);
    name.map_or("?", String::as_str)
}
