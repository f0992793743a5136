//! Delayed retries: an electron goes to a stream of retries, comes back from it, and waits until due.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::failed::{AfterFailure, place};
use super::given_up::own_headers;
use super::{CurrentElectron, Lane, LaneShared};
use crate::assignment::returned::Copied;
use crate::codec::Codec;
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::producer::copies::{CopyChange, ForwardCopy, Purpose};
use crate::kafka::producer::dead_letters::{FailureReport, name};
use crate::kafka::producer::retries::{RetryHeaders, retry_headers, stripped};
use crate::kafka::producer::{NotSent, WaitForRoom};
use crate::lane::parked::ParkedElectron;
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

impl Lane<'_, '_> {
    /// Writes an electron to the stream of retries: it counts as handled when it is there.
    pub(super) fn delay(
        &mut self,
        current: &CurrentElectron<'_>,
        failed: u32,
        after: Duration,
        failure: &Failure,
    ) -> AfterFailure {
        let Some(stream) = self.shared.side.retries(current.stream) else {
            return self.wait_in_place(current, after);
        };
        let (origin, reason) = (current.origin(), failure.with_causes());
        let report = FailureReport {
            origin: &origin,
            kind: failure.kind(),
            reason: &reason,
            attempt: failed,
        };
        let copy = ForwardCopy {
            stream: &stream,
            key: current.content.key().map(Cow::Borrowed),
            value: current.content.value(),
            headers: retry_headers(own_headers(current), &self.shared.signature, &report, after),
            // Not the original one, which is in the headers: the stream's retention counts from it.
            timestamp: None,
            purpose: Purpose::Retry,
        };
        match self
            .shared
            .outbox
            .forward(copy, current.slot, WaitForRoom::AtOnce)
        {
            Ok(()) => self.settlement.conclude(current, failed),
            Err(NotSent::TooLarge(why)) => {
                tracing::warn!(
                    "the electron does not fit on `{stream}`, so it waits for its \
                    retry in its lane: {why}"
                );
                self.wait_in_place(current, after)
            }
            Err(NotSent::NoRoom) => {
                // Who would make room is this lane.
                tracing::warn!(
                    "the embedded broker has no more room on `{stream}`, so the \
                    electron waits for its retry in its lane"
                );
                self.wait_in_place(current, after)
            }
            Err(NotSent::Failed(refused)) if refused.kind() == FailureKind::Stopping => {
                self.settlement.leave(current, &refused.with_causes())
            }
            Err(NotSent::Failed(refused)) => {
                let why = format!(
                    "it could not be written to its retry stream `{stream}`; the \
                        electron had failed with: {reason}"
                );
                self.settlement
                    .stop_at(current, failed, Some(&why), refused)
            }
        }
    }

    /// Takes an electron of a stream of retries: it waits until it is due, as what it was.
    pub(super) fn take_delayed(&mut self, current: &CurrentElectron<'_>, input: usize) {
        if !self.retries.contains(&input) {
            self.retries.push(input);
        }
        let (parked, left) =
            match delayed(self.shared, self.consumer, self.failing.longest(), current) {
                Ok(delayed) => delayed,
                Err(failure) => {
                    // Never tried again, as nothing that cannot be decoded is.
                    let _ = self.failed(current, 1, failure);
                    return;
                }
            };
        tracing::debug!(
            "{} waits for attempt {}, {} ms",
            place(&parked.current()),
            parked.failed.saturating_add(1),
            left.as_millis()
        );
        // Its key is not blocked: it has given its place up.
        self.park_parked(parked, None, left);
    }

    /// The inputs of which nothing is taken now: streams of retries, while the retry queues are full.
    pub(super) fn inputs_held_back(&self) -> &[usize] {
        if self.retry_queues.is_full() {
            &self.retries
        } else {
            &[]
        }
    }
}

/// What an electron of a stream of retries was before, and how long it still waits.
pub(super) fn delayed(
    shared: &LaneShared,
    consumer: &GroupMember,
    longest: Duration,
    current: &CurrentElectron<'_>,
) -> Result<(ParkedElectron, Duration), Failure> {
    let name = shared.side.input_of_retries(current.stream);
    let name = name.unwrap_or_default();
    let headers = RetryHeaders::read(current.content.headers(), name)
        .map_err(|why| Failure::new(FailureKind::Decode, why))?;
    let known = consumer.input(name);
    let (stream, input, codec) = match known {
        Some(known) => (known.stream, known.declared, known.codec),
        None => (StreamName::from(name), None, Codec::Auto),
    };
    let content = &current.content;
    let own = own_headers(current);
    let key = if CopyChange::listed(own.borrowed()).contains(&CopyChange::Key) {
        own.borrowed().last(name::KEY)
    } else {
        content.key()
    };
    let parked = ParkedElectron {
        slot: current.slot,
        place: Arc::clone(current.place),
        generation: current.generation,
        at: current.at,
        stream,
        input,
        codec,
        partition: headers.partition,
        offset: headers.offset,
        timestamp: headers.timestamp,
        copied: Copied {
            key: key.map(Box::from),
            value: content.value().map(Box::from),
            headers: Some(stripped(own)),
        },
        failed: headers.attempt,
    };
    Ok((parked, headers.left(longest)))
}
