//! Sending an electron on as it was read: dead letters and delayed retries.

use rdkafka::message::OwnedHeaders;
use rdkafka::producer::BaseRecord;

use super::reports::Settles;
use super::{Outbox, Way, no_producer, stopping};
use crate::kafka::headers;
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;
use crate::tracker::Slot;

/// The copy of an electron on its way to another stream.
pub(crate) struct Copy<'f> {
    pub(crate) stream: &'f StreamName,
    pub(crate) key: Option<&'f [u8]>,
    pub(crate) value: Option<&'f [u8]>,
    pub(crate) headers: OwnedHeaders,
    /// Milliseconds since the Unix epoch.
    pub(crate) timestamp: Option<i64>,
    pub(crate) room: Room,
}

/// Whether to wait until the embedded broker has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Somebody else makes it.
    Awaited,
    /// Who waits would have to make it.
    AtOnce,
}

/// Why the copy of an electron is not under way.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The embedded broker has no room, and it was not to be waited for.
    NoRoom,
    /// It is too large, the producer does not take it, or the micromodule stops.
    Failed(Failure),
}

impl Outbox {
    /// Hands the copy of an electron to the producer, as part of the settlement of `slot`; under
    /// exactly-once it is put aside for [`hand_over`](Self::hand_over).
    ///
    /// # Errors
    /// `Delivery` when it is too large or the producer does not take it, `Stopping` when the
    /// micromodule stops before there is room.
    pub(crate) fn forward(&self, copy: Copy<'_>, slot: Slot) -> Result<(), Refused> {
        let (stream, key, value) = (copy.stream, copy.key, copy.value);
        let content = value.map_or(0, <[u8]>::len) + key.map_or(0, <[u8]>::len);
        let size = content + headers::native_size(copy.headers.as_borrowed());
        let fits = self.limits.check(stream.as_str(), size);
        fits.map_err(|text| Refused::Failed(Failure::new(FailureKind::Delivery, text)))?;
        let producer = match &self.way {
            Way::None => return Err(Refused::Failed(no_producer())),
            Way::Transactional(way) => {
                return way.put_copy_aside(copy, size).map_err(Refused::Failed);
            }
            Way::Direct(producer) => producer,
        };
        self.wait_for_room().map_err(Refused::Failed)?;
        match copy.room {
            Room::Awaited if self.reserve(stream.as_str(), size) => {}
            Room::Awaited => return Err(Refused::Failed(stopping())),
            Room::AtOnce if self.endpoint.reserve(stream.as_str(), size, &|| true) => {}
            Room::AtOnce => return Err(Refused::NoRoom),
        }
        let slot = Some(slot).filter(|_| !mutant::is("delay-unreported"));
        let settles = slot.map_or(Settles::Nothing, Settles::Slot);
        let mut record = BaseRecord::with_opaque_to(stream.as_str(), settles.to_opaque());
        (record.key, record.payload, record.timestamp) = (key, value, copy.timestamp);
        record.headers = Some(copy.headers);
        if let Some(slot) = slot {
            self.shared.ledger.add_output(slot);
        }
        self.push(producer, record, settles, content)
            .map_err(|unsent| Refused::Failed(self.unsent(unsent, stream.as_str(), slot)))
    }
}
