//! Whether what lies in the streams of retries is what failed there, each attempt once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::commits::Last;
use super::{Findings, Kind};
use crate::history::{Flow, History, Place};

/// What waited for its next attempt in streams.
#[derive(Default)]
pub(super) struct Waited {
    /// By input and number of attempts that had failed: when it was first there.
    first: HashMap<(Place, u32), i64>,
    /// The inputs of which something still waits.
    open: HashSet<Place>,
}

impl Waited {
    /// When an input first lay there after so many attempts.
    pub(super) fn first(&self, input: Place, failed: u32) -> Option<i64> {
        self.first.get(&(input, failed)).copied()
    }

    /// Whether the link has not got to some copy of an input.
    pub(super) fn is_open(&self, input: Place) -> bool {
        self.open.contains(&input)
    }
}

/// Goes through what a flow has in its streams of retries; complains about what should not be there.
pub(super) fn of(
    history: &History,
    flow: &Flow,
    index: usize,
    last: &Last,
    found: &mut Findings,
) -> Waited {
    let mut waited = Waited::default();
    for copy in history.waiting.iter().filter(|copy| copy.flow == index) {
        let here = || {
            format!(
                "{} after {} attempts",
                history.name(copy.place),
                copy.failed
            )
        };
        let parent = copy
            .parent
            .filter(|parent| flow.retries.get(&parent.stream) == Some(&copy.place.stream));
        let parent = parent.and_then(|parent| Some((parent, history.input(parent)?)));
        let Some((parent, input)) = parent else {
            found.add(Kind::Phantom, here);
            continue;
        };
        let of = || format!("{} of {}", here(), history.name(parent));
        if copy.content != input.content {
            found.add(Kind::Corrupted, of);
        } else if copy.failed == 0 || copy.failed > flow.delays(input.content) {
            found.add(Kind::Phantom, of);
        } else {
            match waited.first.entry((parent, copy.failed)) {
                Entry::Occupied(_) => found.add(Kind::RepeatedBehind, of),
                Entry::Vacant(first) => drop(first.insert(copy.at)),
            }
        }
        let committed = last.get(&(index, copy.place.stream, copy.place.partition));
        if committed.is_none_or(|next| *next <= copy.place.offset) {
            waited.open.insert(parent);
        }
    }
    waited
}
