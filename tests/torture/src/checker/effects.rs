//! Which inputs have which outputs: lost, repeated, made up, corrupted.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::commits::Last;
use super::dead::Letters;
use super::waiting::Waited;
use super::{Findings, Kind};
use crate::history::{Content, Due, Flow, History, Output, Place, StreamId};

/// What became of the inputs of a flow.
pub(super) struct Effects {
    /// Per output stream and input: when it was first there.
    outputs: HashMap<(StreamId, Place), i64>,
    pub(super) letters: Letters,
    pub(super) waited: Waited,
}

impl Effects {
    /// Goes through the outputs of a flow; complains about those that should not be.
    pub(super) fn of(
        history: &History,
        flow: &Flow,
        letters: Letters,
        waited: Waited,
        found: &mut Findings,
    ) -> Self {
        let mut effects = Self {
            outputs: HashMap::new(),
            letters,
            waited,
        };
        for stream in &flow.outputs {
            for output in history.outputs.get(stream).into_iter().flatten() {
                effects.take(history, flow, *stream, output, found);
            }
        }
        effects
    }

    /// When a flow was done with an input of which so many attempts had failed, in milliseconds since
    /// the Unix epoch: its effect was there, or it waited for the next attempt in a stream.
    pub(super) fn done(
        &self,
        flow: &Flow,
        input: Place,
        content: Content,
        failed: u32,
    ) -> Option<i64> {
        if failed < flow.delays(content) {
            return self.waited.first(input, failed + 1);
        }
        match flow.due(content) {
            Due::DeadLetter if !flow.dead.is_empty() => self.letters.get(&input).copied(),
            Due::DeadLetter | Due::Nothing => Some(i64::MIN),
            Due::Output => self.written(flow, input),
            Due::Either => {
                let letter = self.letters.get(&input).copied();
                [self.written(flow, input), letter]
                    .into_iter()
                    .flatten()
                    .min()
            }
        }
    }

    /// When all outputs of an input were there.
    fn written(&self, flow: &Flow, input: Place) -> Option<i64> {
        let times = flow.outputs.iter().map(|stream| self.first(*stream, input));
        times.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))?
    }

    fn first(&self, stream: StreamId, input: Place) -> Option<i64> {
        self.outputs.get(&(stream, input)).copied()
    }

    fn take(
        &mut self,
        history: &History,
        flow: &Flow,
        stream: StreamId,
        output: &Output,
        found: &mut Findings,
    ) {
        let here = || {
            history.name(Place {
                stream,
                partition: output.partition,
                offset: output.offset,
            })
        };
        let Some(made) = output.made else {
            return found.add(Kind::Corrupted, here);
        };
        let of = || format!("{} of {}", here(), history.name(made.parent));
        let input = history.input(made.parent);
        let input = input.filter(|_| flow.inputs.contains(&made.parent.stream));
        let Some(input) = input else {
            return found.add(Kind::Phantom, || {
                let aborted = history.aborted.contains(&made.parent);
                let why = if aborted { ", which was aborted" } else { "" };
                format!("{}{why}", of())
            });
        };
        let content = input.content;
        let sent = Content::Record {
            seq: made.seq,
            key: made.key,
            crc: made.crc,
        };
        if content == Content::Poison {
            found.add(Kind::Phantom, || format!("{}, which is poison", of()));
        } else if content != sent {
            found.add(Kind::Corrupted, || {
                format!("{}: {sent:?}, {content:?}", of())
            });
        } else if !matches!(flow.due(content), Due::Output | Due::Either) {
            found.add(Kind::Phantom, || {
                format!("{}, of which there should be none", of())
            });
        } else {
            match self.outputs.entry((stream, made.parent)) {
                Entry::Vacant(first) => drop(first.insert(output.at)),
                Entry::Occupied(_) => found.add(repeated(flow), || {
                    format!("{} by {}", of(), by(history, made.by))
                }),
            }
        }
    }
}

fn repeated(flow: &Flow) -> Kind {
    if flow.leaves_gaps() {
        Kind::RepeatedBehind
    } else {
        Kind::Repeated
    }
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
        if !flow.inputs.contains(stream) || history.gone.contains(stream) {
            continue;
        }
        let committed = last.get(&(index, *stream, *partition)).copied();
        for input in inputs {
            let due = flow.due(input.content);
            if !matches!(due, Due::Output | Due::Either) {
                continue;
            }
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            if due == Due::Either && effects.letters.contains_key(&place) {
                let mut outputs = flow.outputs.iter();
                let both = outputs.any(|output| effects.first(*output, place).is_some());
                if both && flow.rules.atomic {
                    found.add(repeated(flow), || {
                        format!("{} has outputs and a dead letter", history.name(place))
                    });
                }
                continue;
            }
            for output in &flow.outputs {
                if effects.first(*output, place).is_some() {
                    continue;
                }
                let passed = input.offset < committed.unwrap_or(0);
                let kind = if passed && !effects.waited.is_open(place) {
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
