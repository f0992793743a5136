//! Whether the dead letters are the poison: all of it, nothing else, each once.

use std::collections::HashSet;

use super::{Findings, Kind};
use crate::history::{Content, Flow, History, Place};

/// Compares the dead letters of a flow with the poison among its inputs.
pub(super) fn judge(history: &History, flow: &Flow, index: usize, found: &mut Findings) {
    if flow.dead.is_empty() {
        return;
    }
    let mut seen = HashSet::new();
    for letter in history.dead_letters.iter().filter(|one| one.flow == index) {
        let poison = letter.parent.filter(|parent| {
            let input = history.input(*parent);
            input.is_some_and(|input| input.content == Content::Poison)
        });
        match poison {
            None => found.add(Kind::DeadLetterWrong, || {
                let parent = letter.parent.map(|parent| history.name(parent));
                format!(
                    "{}: {}",
                    flow.name,
                    parent.unwrap_or("no origin".to_owned())
                )
            }),
            Some(poison) if !seen.insert(poison) => found.add(Kind::DeadLetterRepeated, || {
                format!("{}: {}", flow.name, history.name(poison))
            }),
            Some(_) => {}
        }
    }
    for ((stream, partition), inputs) in &history.inputs {
        if !flow.dead.contains_key(stream) {
            continue;
        }
        for input in inputs {
            let place = Place {
                stream: *stream,
                partition: *partition,
                offset: input.offset,
            };
            if input.content == Content::Poison && !seen.contains(&place) {
                found.add(Kind::DeadLetterMissing, || {
                    format!("{}: {}", flow.name, history.name(place))
                });
            }
        }
    }
}
