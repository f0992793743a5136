//! What a lane does before an electron, and behind one that is done, in each mode of delivery.

use rdkafka::consumer::Consumer as _;

use super::failed::Next;
use super::{Lane, Shop, Subject};
use crate::config::{DeliveryMode, Order};
use crate::kafka::outbox::Ticket;
use crate::outcome::{Failure, FailureKind};

impl Lane<'_, '_> {
    /// Whether an electron that was taken is still this lane's to handle.
    pub(super) fn may_handle(&self, subject: &Subject<'_>) -> bool {
        let stopper = &self.shop.stopper;
        match self.shop.delivery {
            // It is committed: nobody else handles it, and this lane only not after a failure.
            DeliveryMode::AtMostOnce => !(stopper.is_stopping() && stopper.has_failed()),
            _ => !stopper.is_stopping() && !subject.is_stale(),
        }
    }

    /// Builds the state anew when it has seen electrons that were taken back, as after a restart.
    /// Returns whether the lane can go on.
    pub(super) fn is_up_to_date(&mut self) -> bool {
        if self.shop.delivery != DeliveryMode::ExactlyOnce {
            return true;
        }
        let rewinds = self.consumer.context().rewinds();
        if rewinds == self.rewinds {
            return true;
        }
        self.rewinds = rewinds;
        if let Err(error) = self.reopen() {
            self.shop.stopper.fail(error);
            return false;
        }
        true
    }

    /// The handler's part of an electron is done; under exactly-once its outputs go into the
    /// transaction now.
    pub(super) fn settle(&self, subject: &Subject<'_>) -> Result<(), Failure> {
        if self.shop.delivery == DeliveryMode::ExactlyOnce {
            return self.shop.outbox.hand_over(&Ticket {
                slot: subject.slot,
                partition: subject.place,
                generation: subject.generation,
            });
        }
        // With outputs under way it is their last report that others wait for.
        if self.shop.ledger.settle_one(subject.slot) {
            self.shop.bell.ring_after_exchange();
        }
        // What came from a stream of retries is handled when it is due, also before others that were
        // written earlier: there the watermark commits.
        let in_order = self
            .shop
            .side
            .input_of_retries(&subject.place.stream)
            .is_none();
        if self.shop.order == Order::Synchronous && in_order {
            self.inbox.hand.committing(|| self.commit(subject));
        }
        Ok(())
    }

    /// Settles an electron that failed and was given up, or sent to wait elsewhere.
    pub(super) fn conclude(&self, subject: &Subject<'_>, failed: u32) -> Next {
        match self.settle(subject) {
            Ok(()) => Next::Over,
            Err(failure) if failure.kind() == FailureKind::Stopping => {
                self.leave(subject, &failure.with_causes())
            }
            Err(failure) => self.stop_at(subject, failed, None, failure),
        }
    }
}

impl Shop {
    /// Whether the electron in hand is handled again by another instance.
    pub(super) fn has_lost(&self, subject: &Subject<'_>) -> bool {
        self.delivery != DeliveryMode::AtMostOnce && subject.is_stale()
    }
}
