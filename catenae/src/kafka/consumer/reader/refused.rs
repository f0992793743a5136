//! The end of a reader whose link has outputs that Kafka refused, or holds that failed: it waits for what becomes of
//! them.

use std::time::{Duration, Instant};

use super::Reader;
use crate::assignment::inbox::Inbox;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::intake::Settling;
use crate::kafka::producer::Outbox;
use crate::kafka::producer::holds::Holds;
use crate::outcome::OnError;
use crate::settle::tracker::Slot;
use crate::spec::delivery::DeliveryMode;

/// What the reader has to know about refusals.
pub(crate) struct Refusing<'r> {
    pub(crate) outbox: &'r Outbox,
    pub(crate) holds: &'r Holds,
    /// What becomes of an electron whose output is refused.
    pub(crate) then: OnError,
    pub(crate) delivery: DeliveryMode,
}

/// How long what is on its way back to a lane at the end may take to be noted again.
const PUT_BACK_WITHIN: Duration = Duration::from_secs(1);
/// How long a flush goes on between two looks.
const FLUSHES_FOR: Duration = Duration::from_millis(20);

impl Reader<'_, '_> {
    /// Before the lanes end: waits until it is known what Kafka refuses of what was sent and which holds fail, at most
    /// `reported`, and until the electrons concerned are given up, at most `given_up`. Else they would be read again, and all
    /// behind them.
    pub(crate) fn settle_refused(&self, reported: Duration, given_up: Duration) {
        let gives_up = self.refused.then != OnError::Fail;
        let by_transactions = matches!(self.intake().settling, Settling::Transactions(_));
        if !gives_up || by_transactions || self.intake().instance.has_failed() {
            return;
        }
        let (outbox, holds) = (self.refused.outbox, self.refused.holds);
        let began = Instant::now();
        let open = || {
            let limit = match outbox.refusals().is_pending() {
                true => given_up,
                false if outbox.under_way() > 0 || holds.open() > 0 => reported,
                false => return false,
            };
            began.elapsed() < limit
        };
        while open() {
            if outbox.flush(FLUSHES_FOR) == 0 {
                holds.wait_until_none(FLUSHES_FOR);
            }
            // Records are dropped: nothing of them is tracked.
            drop(self.consumer.poll(Duration::ZERO));
        }
    }

    /// At the end: says of what an output was refused, and nothing was decided.
    pub(super) fn say_refused(&self) {
        let intake = self.intake();
        if let Settling::Transactions(_) = intake.settling {
            return;
        }
        let refusals = self.refused.outbox.refusals();
        let mut open = Vec::new();
        for returned in self.inboxes.iter().flat_map(Inbox::take_returned) {
            refusals.decided();
            open.push((returned.slot, returned.failure));
        }
        refusals.wait_for_returning(PUT_BACK_WITHIN);
        let noted = refusals.take_all().into_iter();
        open.extend(noted.filter_map(|(slot, refusal)| Some((slot, refusal.into_sure()?.0))));
        let slots: Vec<Slot> = open.iter().map(|(slot, _)| *slot).collect();
        let places = intake.assigned.places(&slots);
        for (slot, failure) in open {
            let Some((place, at)) = places.get(&slot) else {
                continue;
            };
            let context = format!(
                "{}: stream `{}`, partition {}, offset {at} is not finished; {}",
                intake.instance.who(),
                place.stream,
                place.number,
                self.refused.delivery.fate()
            );
            let is_read_again = !self.refused.delivery.commits_first();
            match self.refused.then {
                OnError::Skip => tracing::warn!("{context}: {}", failure.with_causes()),
                OnError::DeadLetter if is_read_again => {
                    tracing::warn!("{context}: {}", failure.with_causes());
                }
                // There is no dead letter of it, and will be none.
                OnError::DeadLetter | OnError::Fail => {
                    let error = Error::new(ErrorKind::Electron, context).caused_by(failure);
                    intake.instance.fail(error);
                }
            }
        }
    }
}
