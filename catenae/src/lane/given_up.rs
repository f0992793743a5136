//! Giving an electron up: skipping it, or writing it to the dead letters.

use std::borrow::Cow;

use super::failed::{AfterFailure, after_attempts, place};
use super::{CurrentElectron, Lane};
use crate::kafka::client::record::{HeadersRef, RawHeaders};
use crate::kafka::producer::copies::{ForwardCopy, Purpose};
use crate::kafka::producer::dead_letters::FailureReport;
use crate::kafka::producer::{NotSent, WaitForRoom};
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

impl Lane<'_, '_> {
    /// It counts as handled.
    pub(super) fn skip(
        &mut self,
        current: &CurrentElectron<'_>,
        failed: u32,
        failure: &Failure,
    ) -> AfterFailure {
        let (place, why) = (place(current), failure.with_causes());
        tracing::warn!("{place}: skipped{}: {why}", after_attempts(failed));
        self.failing.skipped += 1;
        self.settlement.conclude(current, failed)
    }

    /// It counts as handled when its dead letter is written: the letter is an output of it.
    pub(super) fn dead_letter(
        &mut self,
        current: &CurrentElectron<'_>,
        failed: u32,
        failure: Failure,
    ) -> AfterFailure {
        let (place, reason) = (place(current), failure.with_causes());
        let side = &self.shared.side;
        // What cannot be read on a stream of retries is a dead letter of the input it waits for.
        let input = side.input_of_retries(current.stream).map(StreamName::from);
        let stream = side.dead_letters(input.as_ref().unwrap_or(current.stream));
        let origin = current.origin();
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
            headers: self.shared.signature.sign(own_headers(current), &report),
            timestamp: current.timestamp,
            purpose: Purpose::DeadLetter,
        };
        match self
            .shared
            .outbox
            .forward(copy, current.slot, WaitForRoom::Awaited)
        {
            Ok(()) => {
                let after = after_attempts(failed);
                tracing::warn!("{place}: a dead letter on `{stream}`{after}: {reason}");
                self.failing.dead_letters += 1;
                self.settlement.conclude(current, failed)
            }
            Err(NotSent::Failed(refused)) if refused.kind() == FailureKind::Stopping => {
                self.settlement.leave(current, &refused.with_causes())
            }
            Err(NotSent::Failed(refused)) => {
                let why = format!(
                    "its dead letter was not accepted; the electron had failed with: {reason}"
                );
                self.settlement
                    .stop_at(current, failed, Some(&why), refused)
            }
            Err(NotSent::NoRoom | NotSent::TooLarge(_)) => {
                let why = format!("there is no room on `{stream}`");
                self.settlement
                    .stop_at(current, failed, Some(&why), failure)
            }
        }
    }
}

/// A copy of an electron's headers, byte for byte.
pub(super) fn own_headers(current: &CurrentElectron<'_>) -> RawHeaders {
    let own = current.content.headers();
    own.map(HeadersRef::detach).unwrap_or_default()
}
