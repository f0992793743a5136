//! With the real client, which is made to give nothing of one partition behind the back of its reader.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::SilentPartitions;
use crate::EmbeddedBroker;
use crate::codec::Codec;
use crate::kafka::Sightings;
use crate::kafka::consumer::intake::Intake;
use crate::kafka::consumer::intake::testing::{STREAM, intake, settings};
use crate::liveness::{BrokerEnds, Intaking, PartitionView};
use crate::shutdown::InstanceHandle;
use crate::stream::StreamId;

const DEADLINE: Duration = Duration::from_secs(20);

/// A member of a group, by this strategy, and what it and the broker's watch tell each other.
fn member(broker: &EmbeddedBroker, strategy: &str) -> (BaseConsumer<Intake>, Arc<Sightings>) {
    let mut client = settings(broker, "group");
    client.set("partition.assignment.strategy", strategy);
    let sightings = Arc::<Sightings>::default();
    let instance = Arc::new(InstanceHandle::new("lines/1"));
    let intake = intake(&client, instance, &sightings);
    (client.create_with_context(intake).unwrap(), sightings)
}

/// Writes so many records to each of two partitions.
fn write(broker: &EmbeddedBroker, records: usize) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .create()
        .unwrap();
    for partition in [0, 1] {
        for _ in 0..records {
            let record = BaseRecord::<(), [u8]>::to(STREAM).partition(partition);
            producer.send(record.payload(b"line")).unwrap();
        }
    }
    producer.flush(DEADLINE).unwrap();
}

/// Takes records as a reader does, until `done`; their partitions and offsets.
fn read(
    consumer: &BaseConsumer<Intake>,
    mut done: impl FnMut(&[(i32, i64)]) -> bool,
) -> Vec<(i32, i64)> {
    let (began, mut taken) = (Instant::now(), Vec::new());
    while !done(&taken) {
        assert!(began.elapsed() < DEADLINE, "only {taken:?}");
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(20)) else {
            continue;
        };
        let assigned = &consumer.context().assigned;
        let (number, offset) = (message.partition(), message.offset());
        let partition = assigned
            .partitions()
            .named(&STREAM.into(), Some(0), Codec::Auto, number);
        if assigned.track(partition.id, offset, 4).is_some() {
            taken.push((number, offset));
        }
    }
    taken
}

fn silent(partition: i32, mark: i64) -> PartitionView {
    PartitionView {
        stream: STREAM.into(),
        partition,
        mark: Some(mark),
        end: Some(mark),
        oldest: None,
        intake: Intaking::Open,
    }
}

#[test]
fn a_partition_that_the_client_gives_nothing_of_is_fetched_again() {
    for strategy in ["cooperative-sticky", "range"] {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_stream(STREAM, 2).unwrap();
        write(&broker, 3);
        let (consumer, sightings) = member(&broker, strategy);
        consumer.subscribe(&[STREAM]).unwrap();
        let first = read(&consumer, |taken| taken.len() == 6);
        assert_eq!(first.len(), 6, "{strategy}");

        // From here on the client gives nothing of one of them, and nobody has asked for that.
        let mut stopped = TopicPartitionList::new();
        stopped.add_partition(STREAM, 1);
        consumer.pause(&stopped).unwrap();
        write(&broker, 2);
        let others = read(&consumer, |taken| taken.len() == 2);
        assert_eq!(others, [(0, 3), (0, 4)], "{strategy}");

        // The broker says it twice.
        let mut partitions = SilentPartitions::default();
        let epoch = consumer.context().assigned.epoch();
        for seconds in 0..20 {
            let now = Duration::from_secs(seconds);
            partitions.look(&consumer, now, &[silent(0, 5), silent(1, 3)]);
            let ends = sightings.take_silent().into_iter();
            let ends = ends.map(|name| (name, BrokerEnds { low: 0, high: 5 }));
            sightings.set_ends(ends.collect());
        }
        assert_ne!(consumer.context().assigned.epoch(), epoch, "{strategy}");
        // What was read is not read again, of neither.
        write(&broker, 1);
        let mut rest = read(&consumer, |taken| taken.len() == 4);
        rest.sort_unstable();
        assert_eq!(rest, [(0, 5), (1, 3), (1, 4), (1, 5)], "{strategy}");
    }
}

/// The client may hold the leader epoch of the former stream for good: only a new start helps.
#[test]
fn a_new_stream_that_is_never_read_ends_the_micromodule() {
    for (is_new, mark, ends) in [
        (true, None, true),
        (true, Some(3), false),
        (false, None, false),
    ] {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_stream(STREAM, 2).unwrap();
        let (consumer, sightings) = member(&broker, "cooperative-sticky");
        let intake = consumer.context();
        if is_new {
            for id in ["WmfQ0mXhQ_6x0-1YzJm3Pw", "AAAAAAAAAAAAAAAAAAAAAQ"] {
                let id = StreamId::parse(id).unwrap();
                intake.recreations.accept(&STREAM.into(), id);
            }
        }
        let mut partitions = SilentPartitions::default();
        for seconds in 0..60 {
            let view = PartitionView {
                mark,
                ..silent(1, 0)
            };
            partitions.look(&consumer, Duration::from_secs(seconds), &[view]);
            let asked = sightings.take_silent().into_iter();
            let answers = asked.map(|name| (name, BrokerEnds { low: 0, high: 5 }));
            sightings.set_ends(answers.collect());
        }
        assert_eq!(intake.instance.has_failed(), ends, "{is_new} {mark:?}");
    }
}
