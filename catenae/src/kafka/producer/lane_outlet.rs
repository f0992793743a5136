//! The outbox as a lane sees it.

use super::Outbox;
use crate::context::SentBy;
use crate::emit::{Outgoing, Outlet};
use crate::outcome::Failure;
use crate::settle::tracker::Slot;

/// The outlet of one lane: every send belongs to the electron in hand.
pub(crate) struct LaneOutlet<'o> {
    outbox: &'o Outbox,
    sender: SentBy,
}

impl<'o> LaneOutlet<'o> {
    pub(crate) fn new(outbox: &'o Outbox, slot: Option<Slot>) -> Self {
        let sender = slot.map_or(SentBy::Lane, SentBy::Electron);
        Self { outbox, sender }
    }
}

impl Outlet for LaneOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.outbox.send(outgoing, self.sender, None)
    }

    fn stopping(&self) -> bool {
        self.outbox.is_stopping()
    }
}
