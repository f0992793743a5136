//! Whether the dead letters are what is due to be one: all of it, nothing else, each once.

use std::collections::HashMap;

use super::{Findings, Kind};
use crate::history::{Due, Flow, History, Place};

/// The dead letters of a flow: by input, when the first was there.
pub(super) type Letters = HashMap<Place, i64>;

/// Goes through the dead letters of a flow; complains about those that should not be.
pub(super) fn of(history: &History, flow: &Flow, index: usize, found: &mut Findings) -> Letters {
    let mut letters = Letters::new();
    for letter in history.dead_letters.iter().filter(|one| one.flow == index) {
        let due = letter.parent.filter(|parent| {
            let input = history.input(*parent);
            input.is_some_and(|input| {
                matches!(flow.due(input.content), Due::DeadLetter | Due::Either)
            })
        });
        match due {
            None => found.add(Kind::DeadLetterWrong, || {
                let parent = letter.parent.map(|parent| history.name(parent));
                format!(
                    "{}: {}",
                    flow.name,
                    parent.unwrap_or("no origin".to_owned())
                )
            }),
            Some(due) if letters.contains_key(&due) => found.add(repeated(flow), || {
                format!("{}: {}", flow.name, history.name(due))
            }),
            Some(due) => drop(letters.insert(due, letter.at)),
        }
    }
    letters
}

fn repeated(flow: &Flow) -> Kind {
    if flow.leaves_gaps() {
        Kind::RepeatedBehind
    } else {
        Kind::DeadLetterRepeated
    }
}

/// Complains about the inputs of a flow that should be dead letters, and are none.
pub(super) fn judge(history: &History, flow: &Flow, letters: &Letters, found: &mut Findings) {
    for ((stream, partition), inputs) in &history.inputs {
        if !flow.dead.contains_key(stream) || history.gone.contains(stream) {
            continue;
        }
        for input in inputs {
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            if flow.due(input.content) == Due::DeadLetter && !letters.contains_key(&place) {
                found.add(Kind::DeadLetterMissing, || {
                    format!("{}: {}", flow.name, history.name(place))
                });
            }
        }
    }
}
