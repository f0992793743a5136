//! Sending an electron on as it was read: dead letters and delayed retries.

use rdkafka::message::OwnedHeaders;
use rdkafka::producer::BaseRecord;

use super::reports::Settles;
use super::{Outbox, no_producer, stopping};
use crate::kafka::headers;
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
}

impl Outbox {
    /// Hands the copy of an electron to the producer, as part of the settlement of `slot`.
    ///
    /// # Errors
    /// `Delivery` when it is too large or the producer does not take it, `Stopping` when the
    /// micromodule stops before there is room.
    pub(crate) fn forward(&self, copy: Copy<'_>, slot: Slot) -> Result<(), Failure> {
        let Some(producer) = &self.producer else {
            return Err(no_producer());
        };
        let Copy {
            stream,
            key,
            value,
            headers,
            timestamp,
        } = copy;
        let content = value.map_or(0, <[u8]>::len) + key.map_or(0, <[u8]>::len);
        let size = content + headers::native_size(headers.as_borrowed());
        if size > self.message_max_bytes {
            let text = format!(
                "stream `{stream}`: the electron has {size} bytes with its headers, more than \
                 `message.max.bytes` ({}): raise it with `--kafka message.max.bytes=…` and on the \
                 broker",
                self.message_max_bytes
            );
            return Err(Failure::new(FailureKind::Delivery, text));
        }
        self.wait_for_room()?;
        let shared = &*self.shared;
        let stopping_too = || shared.stopper.is_stopping();
        if !self.endpoint.reserve(stream.as_str(), size, &stopping_too) {
            return Err(stopping());
        }
        let settles = Settles::Slot(slot);
        let mut record = BaseRecord::with_opaque_to(stream.as_str(), settles.to_opaque());
        (record.key, record.payload, record.timestamp) = (key, value, timestamp);
        record.headers = Some(headers);
        self.push(producer, record, Some(slot), settles, content)
    }
}
