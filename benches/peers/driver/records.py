"""The records: how they are written, and how the outputs are held against them."""

import base64
import random
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

PARTITIONS = 4
SIZE = 100
DIGITS = 12
# Letters that hardly compress; a piece comes back long after the window of the compression.
LETTERS = base64.b64encode(random.Random(1).randbytes(3 << 20))


def value(number):
    """The value of a record: its number, then letters up to 100 bytes."""
    filler = SIZE - DIGITS
    start = number * filler % (len(LETTERS) - filler)
    return b"%012d" % number + LETTERS[start : start + filler]


def produce(broker, topic, count):
    """Fills the stream with the numbers from 0 on: in turn to each partition, the number as the key."""
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "queue.buffering.max.messages": 500_000,
        }
    )
    for number in range(count):
        while True:
            try:
                producer.produce(
                    topic,
                    key=str(number),
                    value=value(number),
                    partition=number % PARTITIONS,
                )
                break
            except BufferError:
                producer.poll(0.1)
    if producer.flush(60):
        raise RuntimeError(f"{topic} could not be filled")


class Check:
    """What the outputs of a run say: every number once, unchanged, in the order of its partition."""

    def __init__(self, count):
        self.times = bytearray(count)
        self.last = {}
        self.repeated = self.disordered = self.changed = 0

    def take(self, partition, payload):
        """Takes the next output of a partition."""
        number = int(payload[:DIGITS]) if payload[:DIGITS].isdigit() else len(self.times)
        if number >= len(self.times) or payload != value(number):
            self.changed += 1
            return
        if self.times[number]:
            self.repeated += 1
            return
        self.times[number] = 1
        way = (partition, number % PARTITIONS)
        if self.last.get(way, -1) > number:
            self.disordered += 1
        self.last[way] = number

    def lost(self):
        """How many inputs have no output."""
        return self.times.count(0)


def read(broker, topic, ends, count):
    """Reads the outputs from the first to the last and checks them."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "peers-check",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": False,
        }
    )
    check, left, progress = Check(count), sum(ends), time.monotonic()
    try:
        consumer.assign([TopicPartition(topic, n, 0) for n in range(len(ends))])
        while left > 0:
            if time.monotonic() > progress + 60:
                raise RuntimeError(f"{topic}: {left} outputs cannot be read")
            for message in consumer.consume(10_000, timeout=1.0):
                if message.error():
                    raise KafkaException(message.error())
                check.take(message.partition(), message.value() or b"")
                left, progress = left - 1, time.monotonic()
    finally:
        consumer.close()
    return check
