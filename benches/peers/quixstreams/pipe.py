"""The pipe in Quix Streams. A checkpoint waits for the outputs, then commits the inputs."""

import os

from quixstreams import Application

app = Application(
    os.environ["BROKER"],
    consumer_group=os.environ["GROUP"],
    auto_offset_reset="earliest",
    processing_guarantee="at-least-once",
    commit_interval=1.0,
    auto_create_topics=False,
    state_dir=os.environ["STATE"],
    producer_extra_config={
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 5,
    },
    loglevel="WARNING",
)
source = app.topic(os.environ["INPUT"], value_deserializer="bytes")
output = app.topic(os.environ["OUTPUT"], value_serializer="bytes")
app.dataframe(source).to_topic(output, key=lambda value: None)
app.run()
