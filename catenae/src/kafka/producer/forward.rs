//! Sending an electron on as it was read: dead letters and delayed retries.

use std::time::{SystemTime, UNIX_EPOCH};

use rdkafka::producer::BaseRecord;

use super::reports::Settles;
use super::{Outbox, OutputMode, no_producer, stopping};
use crate::kafka::producer::copies::{CopyChange, ForwardCopy, Purpose};
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;

/// Whether to wait until the embedded broker has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitForRoom {
    /// Somebody else makes it.
    Awaited,
    /// Who waits would have to make it.
    AtOnce,
}

/// Why the copy of an electron is not under way.
#[derive(Debug)]
pub(crate) enum NotSent {
    /// The embedded broker has no room, and it was not to be waited for.
    NoRoom,
    /// It is too large for its stream, and nothing of it may be left out.
    TooLarge(String),
    /// It is too large, the producer does not take it, or the micromodule stops.
    Failed(Failure),
}

impl Outbox {
    /// Hands the copy of an electron to the producer, as part of the settlement of `slot`; under
    /// exactly-once it is put aside for [`hand_over`](Self::hand_over). It is changed as its stream wants it.
    ///
    /// # Errors
    /// `Delivery` when the producer does not take it, `Stopping` when the micromodule stops before there
    /// is room.
    pub(crate) fn forward(
        &self,
        copy: ForwardCopy<'_>,
        slot: Slot,
        room: WaitForRoom,
    ) -> Result<(), NotSent> {
        let producer = match &self.mode {
            OutputMode::None => return Err(NotSent::Failed(no_producer())),
            OutputMode::Transactional(mode) => {
                let copy = self.fitted(copy)?;
                return mode.put_copy_aside(copy).map_err(NotSent::Failed);
            }
            OutputMode::Direct(producer) => producer,
        };
        let copy = self.fitted(copy)?;
        let (stream, content) = (copy.stream.as_str(), copy.content());
        self.shared
            .wait_for_room(self.patience)
            .map_err(NotSent::Failed)?;
        match room {
            WaitForRoom::Awaited if self.reserve(stream, copy.size()) => {}
            WaitForRoom::Awaited => return Err(NotSent::Failed(stopping())),
            WaitForRoom::AtOnce if self.endpoint.reserve(stream, copy.size(), &|| true) => {}
            WaitForRoom::AtOnce => return Err(NotSent::NoRoom),
        }
        let slot = Some(slot).filter(|_| !mutant::is("delay-unreported"));
        let settles = slot.map_or(Settles::Nothing, Settles::Copy);
        let mut record = BaseRecord::with_opaque_to(stream, settles.to_opaque());
        (record.key, record.payload) = (copy.key.as_deref(), copy.value);
        record.timestamp = copy.timestamp;
        record.headers = Some(copy.headers);
        if let Some(slot) = slot {
            self.shared.counters.add_output(slot);
        }
        self.push(producer, record, settles, content)
            .map_err(|unsent| NotSent::Failed(self.unsent(unsent, stream, slot)))
    }

    /// The copy as its stream takes it, as far as that is known: from its settings, and from what it
    /// has refused.
    fn fitted<'f>(&self, mut copy: ForwardCopy<'f>) -> Result<ForwardCopy<'f>, NotSent> {
        let stream = copy.stream.as_str();
        // The client takes 0 for "now", and Kafka knows no time before that.
        let allowed = |at: i64| at > 0 && self.limits.allow(stream, at, now());
        if copy.timestamp.is_some_and(|at| !allowed(at)) {
            copy = copy.change(CopyChange::Timestamp);
        }
        let compacts = self.limits.is_compacted(stream);
        if compacts && (copy.key.is_none() || copy.purpose == Purpose::Retry) {
            copy = copy.change(CopyChange::Key);
        }
        let habit = self.shared.habits.of(copy.stream);
        for change in habit.iter().flat_map(|habit| &habit.always) {
            if copy.needs(*change) {
                copy = copy.change(*change);
            }
        }
        loop {
            let size = copy.size();
            let fits = match &habit {
                Some(habit) if size >= habit.too_large => Err(format!(
                    "stream `{stream}`: the copy has {size} bytes, and the stream has already refused one of {} bytes",
                    habit.too_large
                )),
                _ => self.limits.check_size(stream, size),
            };
            let Err(text) = fits else { return Ok(copy) };
            match copy.smaller() {
                Some(change) => copy = copy.change(change),
                None if copy.purpose == Purpose::Retry => return Err(NotSent::TooLarge(text)),
                None => return Err(NotSent::Failed(Failure::new(FailureKind::Delivery, text))),
            }
        }
    }
}

/// The time, in milliseconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
