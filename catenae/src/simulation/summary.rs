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
    /// Inputs that were added to a member, and removed from one.
    pub(super) added: u64,
    pub(super) removed: u64,
    /// Chunks that were given up.
    pub(super) yields: u64,
    /// How often a lane waited for a more urgent input.
    pub(super) waits: u64,
    /// How often an inbox was full, and how often too much was in flight.
    pub(super) held: u64,
    pub(super) no_room: u64,
    /// The longest stretch in which every input had something and the shares were checked, in electrons.
    pub(super) fair: u64,
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
        self.added += other.added;
        self.removed += other.removed;
        self.yields += other.yields;
        self.waits += other.waits;
        self.held += other.held;
        self.no_room += other.no_room;
        self.fair += other.fair;
    }
}
