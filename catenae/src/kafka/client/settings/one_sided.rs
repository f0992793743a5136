//! Settings that are for one kind of client only: the other kind warns of them.

use rdkafka::ClientConfig;

/// Of producers alone, and of consumers alone. `isolation.level` is not among them: it decides what the
/// end of a partition is.
const ONE_SIDED: [&str; 34] = [
    "acks",
    "batch.num.messages",
    "batch.size",
    "compression.level",
    "compression.type",
    "delivery.report.only.error",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "linger.ms",
    "message.send.max.retries",
    "message.timeout.ms",
    "partitioner",
    "produce.offset.report",
    "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queuing.strategy",
    "request.timeout.ms",
    "sticky.partitioning.linger.ms",
    "transaction.timeout.ms",
    "transactional.id",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "consume.callback.max.messages",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "offset.store.method",
    "queued.max.messages.kbytes",
    "queued.min.messages",
];

/// Takes them away from a client that neither reads nor writes. Those that do have all of them, and
/// refuse a wrong value.
pub(super) fn remove(client: &mut ClientConfig) {
    for name in ONE_SIDED {
        client.remove(name);
    }
}
