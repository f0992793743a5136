//! Delayed retries: an electron goes to a stream of retries, comes back from it, and waits until due.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;

use super::aside::Aside;
use super::failed::{Next, place};
use super::given_up::own_headers;
use super::subject::Copied;
use super::{Lane, Subject};
use crate::codec::Codec;
use crate::kafka::dead_letters::Report;
use crate::kafka::outbox::{Copy, Refused, Room};
use crate::kafka::retries::{Ticket, stripped, ticket};
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

impl Lane<'_, '_> {
    /// Writes an electron to the stream of retries: it counts as handled when it is there.
    pub(super) fn delay(
        &mut self,
        subject: &Subject<'_>,
        failed: u32,
        after: Duration,
        failure: &Failure,
    ) -> Next {
        let Some(stream) = self.shop.side.retries(subject.stream) else {
            return self.wait_in_place(subject, after);
        };
        let (origin, reason) = (subject.origin(), failure.with_causes());
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
            headers: ticket(own_headers(subject), &self.shop.signature, &report, after),
            // Not the original one, which is in the headers: the stream's retention counts from it.
            timestamp: None,
            room: Room::AtOnce,
        };
        match self.shop.outbox.forward(copy, subject.slot) {
            Ok(()) => self.conclude(subject, failed),
            Err(Refused::NoRoom) => {
                // Who would make room is this lane.
                tracing::warn!("the embedded broker keeps no more on `{stream}`: waiting in place");
                self.wait_in_place(subject, after)
            }
            Err(Refused::Failed(refused)) if refused.kind() == FailureKind::Stopping => {
                self.leave(subject, &refused.with_causes())
            }
            Err(Refused::Failed(refused)) => {
                let why = format!("it cannot wait on `{stream}`. It failed so: {reason}");
                self.stop_at(subject, failed, Some(&why), refused)
            }
        }
    }

    /// Takes an electron of a stream of retries: it waits until it is due, as what it was.
    pub(super) fn take_delayed(&mut self, subject: &Subject<'_>, input: usize) {
        if !self.retries.contains(&input) {
            self.retries.push(input);
        }
        let name = self.shop.side.input_of_retries(subject.stream);
        let name = name.unwrap_or_default();
        let ticket = match Ticket::read(subject.content.native_headers(), name) {
            Ok(ticket) => ticket,
            Err(why) => {
                let failure = Failure::new(FailureKind::Decode, why);
                // Never tried again, as nothing that cannot be decoded is.
                let _ = self.failed(subject, 1, failure);
                return;
            }
        };
        let known = self.consumer.context().input(name);
        let (stream, codec) = match known {
            Some((_, input)) => (input.stream, input.codec),
            None => (StreamName::from(name), Codec::Auto),
        };
        let content = &subject.content;
        let aside = Aside {
            slot: subject.slot,
            place: Arc::clone(subject.place),
            generation: subject.generation,
            at: subject.at,
            stream,
            codec,
            partition: ticket.partition,
            offset: ticket.offset,
            timestamp: ticket.timestamp,
            copied: Copied {
                key: content.key().map(Box::from),
                value: content.value().map(Box::from),
                headers: Some(stripped(own_headers(subject))),
            },
            failed: ticket.attempt,
        };
        let left = ticket.left(self.failing.longest());
        tracing::debug!(
            "{} waits for attempt {}, {} ms",
            place(&aside.subject()),
            ticket.attempt.saturating_add(1),
            left.as_millis()
        );
        // No key of it stands: it has given its place up.
        self.put_aside(aside, None, left);
    }

    /// The inputs of which nothing is taken now: streams of retries, while the lot is full.
    pub(super) fn inputs_held_back(&self) -> &[usize] {
        if self.lot.is_full() {
            &self.retries
        } else {
            &[]
        }
    }
}
