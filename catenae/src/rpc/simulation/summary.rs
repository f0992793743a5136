//! What the runs met: a test that reaches nothing proves nothing.

use std::ops::AddAssign;

/// What a run met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Summary {
    pub(super) steps: u64,
    pub(super) calls: u64,
    pub(super) answered: u64,
    pub(super) gathered: u64,
    pub(super) refused: u64,
    pub(super) timeouts: u64,
    pub(super) lost: u64,
    pub(super) nobody: u64,
    pub(super) runs: u64,
    /// Calls to any one that ran on more than one.
    pub(super) asked_elsewhere: u64,
    pub(super) duplicates: u64,
    pub(super) old_incarnations: u64,
    pub(super) expired: u64,
    pub(super) other_incarnation: u64,
    pub(super) late: u64,
    pub(super) foreign: u64,
    pub(super) crashes: u64,
    pub(super) stops: u64,
}

impl Summary {
    fn all(&mut self) -> [&mut u64; 18] {
        [
            &mut self.steps,
            &mut self.calls,
            &mut self.answered,
            &mut self.gathered,
            &mut self.refused,
            &mut self.timeouts,
            &mut self.lost,
            &mut self.nobody,
            &mut self.runs,
            &mut self.asked_elsewhere,
            &mut self.duplicates,
            &mut self.old_incarnations,
            &mut self.expired,
            &mut self.other_incarnation,
            &mut self.late,
            &mut self.foreign,
            &mut self.crashes,
            &mut self.stops,
        ]
    }

    /// How often happened what happened least.
    pub(super) fn reached(mut self) -> u64 {
        self.all()
            .into_iter()
            .map(|count| *count)
            .min()
            .unwrap_or_default()
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, mut other: Self) {
        for (sum, more) in self.all().into_iter().zip(other.all()) {
            *sum += *more;
        }
    }
}
