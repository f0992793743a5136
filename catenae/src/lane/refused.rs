//! An electron whose output Kafka refused: what becomes of it is decided as of any that failed.

use std::sync::Arc;

use super::delayed::delayed;
use super::{CurrentElectron, Lane};
use crate::assignment::returned::Copied;
use crate::assignment::returned::{RereadBytes, RereadElectron};
use crate::lane::current::Content;
use crate::outcome::OnError;

impl Lane<'_, '_> {
    /// Takes back an electron that was let go: an output of it was refused.
    pub(super) fn take_refused(&mut self, returned: RereadElectron) {
        self.decide_refused(returned);
        self.shared.outbox.refusals().decided();
    }

    fn decide_refused(&mut self, returned: RereadElectron) {
        let counters = &self.shared.counters;
        counters.decide(returned.slot);
        // The part that is left is the one of its function.
        counters.settle(returned.slot, returned.outputs.saturating_sub(1));
        let (copied, timestamp, gone) = match returned.bytes {
            RereadBytes::Read { copied, timestamp } => (copied, timestamp, None),
            RereadBytes::NotRead => (Copied::default(), None, None),
            RereadBytes::Gone(why) => (Copied::default(), None, Some(why)),
        };
        let current = CurrentElectron {
            slot: returned.slot,
            place: &returned.place,
            generation: returned.generation,
            at: returned.at,
            stream: &returned.place.stream,
            input: returned.place.input,
            codec: returned.place.codec,
            partition: returned.place.number,
            offset: returned.at,
            timestamp,
            content: Content::Copied(&copied),
        };
        if self.shared.instance.has_failed() || self.shared.has_lost(&current) {
            return self.settlement.give_back(&current);
        }
        if let Some(why) = gone
            && self.failing.on_refused() == OnError::DeadLetter
        {
            let kept = format!("no dead letter can be written for it: {why}");
            let _ = self
                .settlement
                .stop_at(&current, 1, Some(&kept), returned.failure);
            return;
        }
        self.failing.switch_to_late(current.place.id, current.at);
        if self.shared.side.input_of_retries(current.stream).is_some()
            && let Ok((parked, _)) =
                delayed(self.shared, self.consumer, self.failing.longest(), &current)
        {
            let failed = parked.failed.saturating_add(1);
            let _ = self.failed(&parked.current(), failed, returned.failure);
        } else {
            let _ = self.failed(&current, 1, returned.failure);
        }
        self.failing.switch_back();
    }

    /// Exactly once: handles an electron of which an output was refused in a transaction that was aborted.
    /// Returns whether it was one.
    pub(super) fn handle_known(&mut self, current: &CurrentElectron<'_>) -> bool {
        let Some(known) = self.consumer.known_refusal(current.place.id, current.at) else {
            return false;
        };
        if known.alone && !self.settlement.wait_for_empty(current) {
            let _ = self
                .settlement
                .leave(current, "it waited for a transaction of its own");
            return true;
        }
        let (outbox, slot) = (Arc::clone(&self.shared.outbox), current.slot);
        if known.alone {
            outbox.refusals().claim(slot);
        }
        match known.failure {
            Some(failure) => drop(self.failed(current, 1, failure)),
            None => drop(self.attempt(current, 0)),
        }
        if known.alone {
            self.settlement.wait_for_empty(current);
            outbox.refusals().release_claim();
        }
        // Whatever is refused next, this one is behind a commit.
        outbox.commit_soon();
        true
    }
}
