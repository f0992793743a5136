//! What the contexts of a running micromodule ask of its Kafka side.

use std::sync::{Arc, Mutex, PoisonError};

use crate::context::{InputChange, Port, Receipt, SentBy};
use crate::emit::Outgoing;
use crate::kafka::Outbox;
use crate::kafka::producer::holds::Holds;
use crate::outcome::Failure;
use crate::settle::tracker::Slot;

/// The port of one micromodule.
pub(crate) struct KafkaPort {
    outbox: Arc<Outbox>,
    holds: Arc<Holds>,
    /// What the reader has still to carry out; `None` in a source, which reads nothing.
    changes: Option<Mutex<Vec<InputChange>>>,
}

impl KafkaPort {
    /// A port that sends through `outbox`; `reads` says whether there is a reader.
    pub(crate) fn new(outbox: &Arc<Outbox>, holds: &Arc<Holds>, reads: bool) -> Self {
        Self {
            outbox: Arc::clone(outbox),
            holds: Arc::clone(holds),
            changes: reads.then(Mutex::default),
        }
    }

    /// Takes the changes that were asked for since the last call.
    pub(crate) fn take_changes(&self) -> Vec<InputChange> {
        self.changes
            .as_ref()
            .map(|changes| {
                std::mem::take(&mut *changes.lock().unwrap_or_else(PoisonError::into_inner))
            })
            .unwrap_or_default()
    }
}

impl Port for KafkaPort {
    fn post(
        &self,
        outgoing: Outgoing<'_>,
        sender: SentBy,
        receipt: &Arc<Receipt>,
    ) -> Result<(), Failure> {
        self.outbox.send(outgoing, sender, Some(receipt))
    }

    fn hold(&self, slot: Slot) -> bool {
        self.holds.begin(slot)
    }

    fn let_go(&self, slot: Slot, result: Result<(), Failure>) {
        self.holds.let_go(slot, result);
    }

    fn change_inputs(&self, change: InputChange) {
        match &self.changes {
            Some(changes) => changes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(change),
            None => tracing::error!("a source has no inputs: {change:?} changes nothing"),
        }
    }

    fn stopping(&self) -> bool {
        self.outbox.is_stopping()
    }

    fn reads(&self) -> bool {
        self.changes.is_some()
    }

    fn under_way(&self) -> u64 {
        self.outbox.under_way()
    }
}
