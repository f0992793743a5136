//! What the runs met: a test that reaches nothing proves nothing.

use std::ops::AddAssign;

/// What a run met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Summary {
    pub(super) steps: u64,
    pub(super) crashes: u64,
    pub(super) stops: u64,
    pub(super) revoked: u64,
    pub(super) lost: u64,
    pub(super) failed_deliveries: u64,
    pub(super) retries: u64,
    pub(super) given_up: u64,
    pub(super) repeated: u64,
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.crashes += other.crashes;
        self.stops += other.stops;
        self.revoked += other.revoked;
        self.lost += other.lost;
        self.failed_deliveries += other.failed_deliveries;
        self.retries += other.retries;
        self.given_up += other.given_up;
        self.repeated += other.repeated;
    }
}
