//! Where calls are read by hand: streams that are there, their partitions, and who has announced itself.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::{INSTANCES, number, uncbor};
use crate::broker::TestBroker;
use crate::plain::{exists, length};
use crate::wait::{DEADLINE, eventually};

/// Waits for a stream, without asking for it by name: that would create it on some brokers.
pub(super) fn await_stream(broker: &TestBroker, stream: &str) {
    let what = format!("the stream `{stream}` is there");
    eventually(&what, DEADLINE, || exists(broker, stream).then_some(()));
}

pub(super) fn consumer(broker: &TestBroker) -> BaseConsumer {
    broker
        .client()
        .set("group.id", "plain-reader")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error")
        .set("fetch.wait.max.ms", "20")
        .create()
        .expect("a consumer")
}

pub(super) fn assign(consumer: &BaseConsumer, stream: &str, places: &[(i32, i64)]) {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in places {
        list.add_partition_offset(stream, *partition, Offset::Offset(*offset))
            .expect("a partition");
    }
    consumer.assign(&list).expect("an assignment");
}

/// The partitions of a stream: the embedded broker makes four where one was meant.
///
/// # Panics
/// When not all have a leader by the deadline.
#[must_use]
pub fn partitions_of(broker: &TestBroker, stream: &str) -> std::ops::Range<i32> {
    let client = consumer(broker);
    let count = eventually("every partition has a leader", DEADLINE, || {
        let metadata = client.fetch_metadata(Some(stream), DEADLINE).ok()?;
        let partitions = metadata.topics()[0].partitions();
        let led = partitions.iter().all(|one| one.leader() >= 0);
        (led && !partitions.is_empty()).then_some(partitions.len())
    });
    0..i32::try_from(count).expect("few")
}

/// Waits until a micromodule has announced an incarnation newer than `after`, and returns it: from then on it
/// answers.
///
/// # Panics
/// When it has not by the deadline.
#[track_caller]
pub fn announced(broker: &TestBroker, uid: &str, after: u64) -> u64 {
    let began = Instant::now();
    await_stream(broker, INSTANCES);
    let consumer = consumer(broker);
    let all: Vec<(i32, i64)> = partitions_of(broker, INSTANCES)
        .map(|one| (one, 0))
        .collect();
    assign(&consumer, INSTANCES, &all);
    let mut read = 0;
    while began.elapsed() < DEADLINE {
        let message = match consumer.poll(Duration::from_millis(20)) {
            Some(Ok(message)) => message,
            Some(Err(_)) => {
                // A partition that was just created: its broker did not know it yet.
                assign(&consumer, INSTANCES, &all);
                continue;
            }
            None => continue,
        };
        read += 1;
        if message.key() == Some(uid.as_bytes())
            && let Some(said) = message.payload()
        {
            let incarnation = number(&uncbor(said), "incarnation");
            if incarnation > after {
                return incarnation;
            }
        }
    }
    let there = length(broker, INSTANCES);
    panic!("`{uid}` is not announced: read {read} of {there}");
}
