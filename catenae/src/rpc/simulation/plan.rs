//! What one run is about, drawn from its seed: who there is, what they have, and what may go wrong.

use crate::simulation::chance::Chance;

/// One instance, through all its incarnations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) uid: &'static str,
    pub(super) class: &'static str,
    pub(super) methods: &'static [&'static str],
    /// How many calls it has under way at once.
    pub(super) limit: usize,
    /// How far its clock is ahead, in milliseconds.
    pub(super) skew: u64,
}

/// `count` may run once for a call, and takes the state; `peek` may run twice.
pub(super) const IDEMPOTENT: [&str; 2] = ["peek", "ping"];
pub(super) const OF_LANE: &str = "count";

const UIDS: [&str; 5] = ["a", "b", "c", "d", "e"];
pub(super) const CLASSES: [&str; 2] = ["counter", "mover"];

/// The sizes of a run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) places: Vec<Place>,
    pub(super) partitions: usize,
    pub(super) calls: usize,
    /// Nothing goes wrong, and time passes only when nothing else is left to do: then every call that
    /// can be answered is.
    pub(super) gentle: bool,
    /// A fault may happen once in so many steps.
    pub(super) calm: usize,
    /// How many steps faults may happen for.
    pub(super) faults_until: usize,
}

impl Plan {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let gentle = chance.one_in(5);
        let count = chance.between(2, UIDS.len());
        let place = |uid| {
            let methods: &[&str] = match chance.below(4) {
                0 => &["count"],
                1 => &["peek"],
                _ => &["count", "peek"],
            };
            Place {
                uid,
                class: CLASSES[chance.below(CLASSES.len())],
                methods,
                limit: if gentle { 1000 } else { chance.between(1, 4) },
                skew: if gentle { 0 } else { chance.next() % 60 },
            }
        };
        Self {
            places: UIDS.into_iter().take(count).map(place).collect(),
            partitions: chance.between(1, 2),
            calls: chance.between(5, 40),
            gentle,
            calm: chance.between(2, 20),
            faults_until: chance.between(60, 500),
        }
    }
}
