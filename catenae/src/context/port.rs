//! The way out of a context: what the Kafka room, or a detached context, does for it.

use std::sync::Arc;

use crate::context::Receipt;
use crate::emit::{Outgoing, Outlet};
use crate::outcome::Failure;
use crate::settle::tracker::Slot;
use crate::stream::StreamName;

/// A change of the input streams while running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InputChange {
    /// Read this stream too.
    Add(StreamName),
    /// Read it no more.
    Remove(StreamName),
}

/// On whose behalf a context sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentBy {
    /// The electron in hand, whose settlement it is part of.
    Electron(Slot),
    /// The lane between two electrons: `setup`, `finish`, a source.
    Lane,
    /// A clone of the context, which belongs to no lane.
    Clone,
}

impl SentBy {
    /// The electron in hand, if it is that.
    pub(crate) fn slot(self) -> Option<Slot> {
        match self {
            Self::Electron(slot) => Some(slot),
            Self::Lane | Self::Clone => None,
        }
    }
}

/// Carries out what a context is asked for.
pub(crate) trait Port: Send + Sync {
    /// Sends an electron, as part of the settlement of its sender's, and settles `receipt` when its
    /// delivery report is in.
    fn post(
        &self,
        outgoing: Outgoing<'_>,
        sender: SentBy,
        receipt: &Arc<Receipt>,
    ) -> Result<(), Failure>;

    /// Keeps an electron open until it is let go; not where that cannot be promised.
    fn hold(&self, slot: Slot) -> bool;

    /// What an electron was held for is done, or has failed.
    fn let_go(&self, slot: Slot, result: Result<(), Failure>);

    /// Changes the input streams, soon.
    fn change_inputs(&self, change: InputChange);

    /// Whether the micromodule is stopping.
    fn stopping(&self) -> bool;

    /// Whether there are input streams to be changed.
    fn reads(&self) -> bool;

    /// How many outputs Kafka has not confirmed.
    fn under_way(&self) -> u64;
}

/// One send through a port.
pub(crate) struct PortOutlet<'p> {
    port: &'p dyn Port,
    sender: SentBy,
    receipt: &'p Arc<Receipt>,
}

impl<'p> PortOutlet<'p> {
    pub(crate) fn new(port: &'p dyn Port, sender: SentBy, receipt: &'p Arc<Receipt>) -> Self {
        Self {
            port,
            sender,
            receipt,
        }
    }
}

impl Outlet for PortOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.port.post(outgoing, self.sender, self.receipt)
    }

    fn stopping(&self) -> bool {
        self.port.stopping()
    }
}
