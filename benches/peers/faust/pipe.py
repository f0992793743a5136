"""The pipe in Faust: as many records as there are, the same out, acknowledged when Kafka has them."""

import asyncio
import os

import mode.loop

# Before Faust is there, which makes its loop when it is imported.
mode.loop.use("uvloop")

import faust  # noqa: E402

app = faust.App(
    os.environ["GROUP"],
    broker="kafka://" + os.environ["BROKER"],
    datadir=os.environ["STATE"],
    store="memory://",
    web_enabled=False,
    topic_allow_declare=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_commit_interval=1.0,
    broker_commit_every=100_000,
    stream_buffer_maxsize=131_072,
    producer_acks=-1,
    producer_compression_type="lz4",
    producer_linger=0.005,
    producer_max_batch_size=256 * 1024,
)
source = app.topic(os.environ["INPUT"], value_serializer="raw", key_serializer="raw")
output = app.topic(os.environ["OUTPUT"], value_serializer="raw", key_serializer="raw")


@app.agent(source)
async def pipe(stream):
    # The records of a batch are acknowledged when the loop asks for the next one.
    async for values in stream.take(5000, within=0.1):
        sent = [await output.send(value=value) for value in values]
        await asyncio.gather(*sent)


faust.Worker(app, loglevel="WARNING").execute_from_commandline()
