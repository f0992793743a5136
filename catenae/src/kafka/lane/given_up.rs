//! Giving an electron up: skipping it, or writing it to the dead letters.

use rdkafka::message::{BorrowedHeaders, OwnedHeaders};

use super::failed::{Next, after_attempts, place};
use super::{Lane, Subject};
use crate::kafka::dead_letters::Report;
use crate::kafka::outbox::{Copy, Refused, Room};
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

impl Lane<'_, '_> {
    /// It counts as handled.
    pub(super) fn skip(&mut self, subject: &Subject<'_>, failed: u32, failure: &Failure) -> Next {
        let (place, why) = (place(subject), failure.with_causes());
        tracing::warn!("{place}: skipped{}: {why}", after_attempts(failed));
        self.failing.skipped += 1;
        self.conclude(subject, failed)
    }

    /// It counts as handled when its dead letter is written: the letter is an output of it.
    pub(super) fn dead_letter(
        &mut self,
        subject: &Subject<'_>,
        failed: u32,
        failure: Failure,
    ) -> Next {
        let (place, reason) = (place(subject), failure.with_causes());
        let side = &self.shop.side;
        // What cannot be read on a stream of retries is a dead letter of the input it waits for.
        let input = side.input_of_retries(subject.stream).map(StreamName::from);
        let stream = side.dead_letters(input.as_ref().unwrap_or(subject.stream));
        let origin = subject.origin();
        let report = Report {
            origin: &origin,
            kind: failure.kind(),
            reason: &reason,
            attempt: failed,
        };
        let copy = Copy {
            stream: &stream,
            key: subject.content.key(),
            value: subject.content.value(),
            headers: self.shop.signature.sign(own_headers(subject), &report),
            timestamp: subject.timestamp,
            room: Room::Awaited,
        };
        match self.shop.outbox.forward(copy, subject.slot) {
            Ok(()) => {
                let after = after_attempts(failed);
                tracing::warn!("{place}: a dead letter on `{stream}`{after}: {reason}");
                self.failing.dead_letters += 1;
                self.conclude(subject, failed)
            }
            Err(Refused::Failed(refused)) if refused.kind() == FailureKind::Stopping => {
                self.leave(subject, &refused.with_causes())
            }
            Err(Refused::Failed(refused)) => {
                let why = format!("its dead letter was not taken. It failed so: {reason}");
                self.stop_at(subject, failed, Some(&why), refused)
            }
            Err(Refused::NoRoom) => {
                let why = format!("there is no room on `{stream}`");
                self.stop_at(subject, failed, Some(&why), failure)
            }
        }
    }
}

/// A copy of an electron's headers, byte for byte.
pub(super) fn own_headers(subject: &Subject<'_>) -> OwnedHeaders {
    let own = subject.content.native_headers();
    own.map_or_else(OwnedHeaders::new, BorrowedHeaders::detach)
}
