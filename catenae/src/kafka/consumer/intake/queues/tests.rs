//! With the real client: what it fetches lies in the queue of its input, whatever happens to assignments.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::InputQueues;
use crate::EmbeddedBroker;
use crate::assignment::partitions::Partitions;
use crate::bell::Bell;
use crate::codec::Codec;
use crate::kafka::consumer::intake::testing::settings;

const DEADLINE: Duration = Duration::from_secs(20);
const STREAMS: [&str; 2] = ["first", "second"];

/// A consumer of two streams of one partition each, which holds so many records.
struct Bench {
    consumer: BaseConsumer,
    queues: InputQueues,
    partitions: Partitions,
    bell: Arc<Bell>,
    broker: EmbeddedBroker,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.queues.give_back();
    }
}

impl Bench {
    fn new() -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        for stream in STREAMS {
            broker.create_stream(stream, 1).unwrap();
        }
        let bench = Self {
            consumer: settings(&broker, "group").create().unwrap(),
            queues: InputQueues::default(),
            partitions: Partitions::default(),
            bell: Arc::default(),
            broker,
        };
        let client = bench.consumer.client().native_ptr();
        bench.queues.open(client, vec![Arc::clone(&bench.bell)]);
        bench
    }

    fn write(&self, stream: &str, values: &[&str]) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.broker.address())
            .create()
            .unwrap();
        for value in values {
            let record = BaseRecord::<(), str>::to(stream).partition(0);
            producer.send(record.payload(value)).unwrap();
        }
        producer.flush(DEADLINE).unwrap();
    }

    /// Assigns both streams from their beginning, as a rebalance does.
    fn assign(&self) {
        let mut list = TopicPartitionList::new();
        for (input, stream) in STREAMS.iter().enumerate() {
            let stream = (*stream).into();
            let partition = self.partitions.named(&stream, Some(input), Codec::Auto, 0);
            let client = self.consumer.client().native_ptr();
            self.queues.lead(client, &partition, input);
            list.add_partition_offset(stream.as_str(), 0, Offset::Beginning)
                .unwrap();
        }
        self.consumer.assign(&list).unwrap();
    }

    /// What there is of an input now.
    fn taken(&self, input: usize) -> Vec<String> {
        let mut taken = Vec::new();
        self.queues
            .take(input, &mut Vec::with_capacity(16), |messages| {
                for message in messages.drain(..) {
                    assert_eq!(message.error(), None);
                    assert_eq!(message.topic(), STREAMS[input]);
                    let value = message.value().unwrap_or_default();
                    taken.push(String::from_utf8_lossy(value).into_owned());
                }
            });
        taken
    }

    /// Takes of an input until there are so many.
    fn take(&self, input: usize, count: usize) -> Vec<String> {
        let (began, mut taken) = (Instant::now(), Vec::new());
        while taken.len() < count {
            assert!(began.elapsed() < DEADLINE, "only {taken:?}");
            // Nothing of it comes on the way of the client's own events.
            assert!(self.consumer.poll(Duration::ZERO).is_none());
            self.queues.heard();
            self.queues.lead_again();
            let has = || self.queues.has(input);
            self.bell.wait(Duration::from_millis(20), has);
            taken.extend(self.taken(input));
        }
        taken
    }
}

#[test]
fn each_input_has_a_queue_and_an_empty_one_tells_when_something_comes() {
    let bench = Bench::new();
    bench.write("second", &["a", "b"]);
    bench.assign();
    assert_eq!(bench.take(1, 2), ["a", "b"]);
    assert!(!bench.queues.has(1), "it is empty");
    assert!(bench.taken(0).is_empty());
    let arrivals = bench.queues.arrivals();
    bench.write("first", &["c"]);
    assert_eq!(bench.take(0, 1), ["c"]);
    assert!(bench.queues.arrivals() > arrivals);
}

#[test]
fn nothing_is_taken_while_the_gate_is_closed_or_there_is_no_room() {
    let bench = Bench::new();
    bench.write("first", &["a"]);
    bench.assign();
    let closed = (bench.queues.close(), bench.queues.close());
    let began = Instant::now();
    while !bench.queues.is_held(0) {
        assert!(began.elapsed() < DEADLINE, "it was not fetched");
        bench.consumer.poll(Duration::from_millis(5));
    }
    assert!(!bench.queues.has(0));
    assert!(bench.taken(0).is_empty());
    drop(closed.0);
    assert!(bench.taken(0).is_empty(), "it was closed twice");
    drop(closed.1);
    bench.queues.hold(0, || true);
    assert!(!bench.queues.has(0) && bench.queues.is_held(0));
    bench.queues.release(0);
    bench.queues.hold(0, || false);
    assert!(bench.queues.has(0), "there is room by now");
    assert_eq!(bench.take(0, 1), ["a"]);
}

/// The client undoes the forward of a partition when it has stopped fetching it, which may be after it was assigned
/// again.
#[test]
fn a_partition_that_comes_back_at_once_is_read() {
    let bench = Bench::new();
    bench.write("first", &["a", "b", "c"]);
    for _ in 0..30 {
        bench.assign();
        bench.consumer.unassign().unwrap();
        bench.assign();
        assert_eq!(bench.take(0, 3), ["a", "b", "c"]);
        bench.consumer.unassign().unwrap();
    }
}
