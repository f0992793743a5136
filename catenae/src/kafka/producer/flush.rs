//! Sending what lingers, and waiting for the reports.

use std::ffi::c_int;
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::producer::{Producer as _, PurgeConfig, ThreadedProducer};

use super::reports::{DeliveryReports, ProducerShared};
use crate::mutant;

/// How long a flush waits between two looks for the last reports.
const REPORTED_WITHIN: Duration = Duration::from_millis(10);

impl ProducerShared {
    /// Sends what lingers and waits until every report is in, at most `limit`. Returns how many are missing.
    ///
    /// Not `Producer::flush`: that waits in slices of 100 ms, and what lingers goes on lingering
    /// between them.
    pub(super) fn flush(
        &self,
        producer: &ThreadedProducer<DeliveryReports>,
        limit: Duration,
    ) -> usize {
        let electrons = || self.sent.electrons();
        let deadline = Instant::now() + limit;
        while electrons() > 0 && Instant::now() < deadline {
            flush_client(producer, deadline);
            // The last report has left the client's queue and not yet been counted here.
            self.instance
                .bell()
                .wait(REPORTED_WITHIN, || electrons() == 0);
        }
        electrons()
    }
}

/// Sends what lingers and waits until the client has nothing any more, at most until `deadline`.
pub(super) fn flush_client(producer: &ThreadedProducer<DeliveryReports>, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let left = c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX);
    if mutant::is("flush-skipped") {
        producer.purge(PurgeConfig::default().queue().inflight());
    }
    // SAFETY: the pointer is valid as long as `producer`, which outlives the call, and librdkafka
    // allows it from any thread.
    unsafe { rd_kafka_flush(producer.client().native_ptr(), left) };
}
