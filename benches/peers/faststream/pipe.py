"""The pipe in FastStream: a batch of records in, the same records out, acknowledged, then the commit."""

import os

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

broker = KafkaBroker(
    os.environ["BROKER"],
    enable_idempotence=True,
    compression_type="lz4",
    # A batch goes out as one batch of the client: it must fit in.
    max_batch_size=1024 * 1024,
    max_request_size=2 * 1024 * 1024,
    # Bytes stay bytes: no guess at JSON, no validation of types, no line in the log for each batch.
    decoder=lambda message: message.body,
    apply_types=False,
    logger=None,
)


@broker.subscriber(
    os.environ["INPUT"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    batch=True,
    max_records=5000,
    batch_timeout_ms=100,
    # The default acknowledges before the handler runs, which may lose records.
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
@broker.publisher(os.environ["OUTPUT"], batch=True)
async def pipe(values):
    return values


uvloop.run(FastStream(broker).run())
