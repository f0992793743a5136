//! What one run is about, drawn from its seed: sizes, policies, and what is wrong with which input.

use super::chance::Chance;

/// What is done with an electron whose retries are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivingUp {
    /// The member stops at it.
    Fail,
    /// It counts as handled.
    Skip,
    /// It is written to the dead letters, and counts as handled when it is there.
    DeadLetter,
}

/// The sizes and policies of a run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) partitions: usize,
    /// Streams that the partitions belong to, in turn: a lane chooses among them.
    pub(super) inputs: usize,
    pub(super) keys: usize,
    pub(super) records: usize,
    pub(super) members: usize,
    pub(super) lanes: usize,
    /// Slots of each member's tracker.
    pub(super) slots: usize,
    /// Output partitions, each with a queue of its own in the producer.
    pub(super) queues: usize,
    pub(super) retries: u32,
    pub(super) giving_up: GivingUp,
    /// Members stop and partitions move in order, one lane each, and nothing worse happens: then no
    /// output may come twice.
    pub(super) gentle: bool,
    /// How many steps faults may happen for.
    pub(super) faults_until: usize,
}

impl Plan {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let partitions = chance.between(1, 4);
        let gentle = chance.one_in(4);
        Self {
            gentle,
            partitions,
            inputs: chance.between(1, 2),
            keys: chance.between(1, 6),
            records: chance.between(5, 40),
            members: chance.between(1, 3),
            lanes: if gentle { 1 } else { chance.between(1, 3) },
            slots: chance.between(2, 16),
            queues: chance.between(1, 3),
            retries: u32::try_from(chance.below(4)).expect("small"),
            giving_up: match chance.below(3) {
                0 if !gentle => GivingUp::Fail,
                0 | 1 => GivingUp::Skip,
                _ => GivingUp::DeadLetter,
            },
            faults_until: chance.between(0, 600),
        }
    }
}

/// An input record: what its handling does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub(super) key: usize,
    /// How many outputs it has.
    pub(super) outputs: usize,
    /// How many attempts fail before one succeeds; counted anew by whoever handles it again.
    pub(super) fails: u32,
}

impl Input {
    pub(super) fn draw(chance: &mut Chance, plan: &Plan) -> Self {
        let trouble = chance.one_in(8);
        Self {
            key: chance.below(plan.keys),
            outputs: chance.below(4),
            fails: if trouble {
                u32::try_from(chance.between(1, 5)).expect("small")
            } else {
                0
            },
        }
    }
}
