//! The two hops written by hand: a question, its answer, and nothing that a call has beside that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{Order, Took, next_order, payload, say};
use crate::settings;

type Producer = ThreadedProducer<DefaultProducerContext>;

/// How long an answer is waited for.
const WITHIN: Duration = Duration::from_secs(30);

/// The two ends of a hop: what is read, and what is written to.
struct Hops<'n> {
    consumer: BaseConsumer,
    producer: Producer,
    write: &'n str,
}

impl<'n> Hops<'n> {
    /// Stands at the end of the first partition of `read`.
    fn connect(
        broker: &str,
        [read, write]: [&'n str; 2],
        extra: &[(&str, &str)],
    ) -> Result<Self, KafkaError> {
        let consumer: BaseConsumer = settings::call_consumer(broker, read, extra).create()?;
        let producer = settings::call_producer(broker, extra).create()?;
        let (_, end) = consumer.fetch_watermarks(read, 0, WITHIN)?;
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(read, 0, Offset::Offset(end))?;
        consumer.assign(&place)?;
        Ok(Self {
            consumer,
            producer,
            write,
        })
    }

    fn send(&self, payload: &[u8]) -> Result<(), String> {
        let record = BaseRecord::<(), [u8]>::to(self.write)
            .partition(0)
            .payload(payload);
        let taken = self.producer.send(record);
        taken.map_err(|(error, _)| error.to_string())
    }
}

/// Answers every question by itself, until `ended`.
///
/// # Errors
/// When Kafka does not take an answer.
pub fn answer(
    broker: &str,
    [requests, replies]: [&str; 2],
    extra: &[(&str, &str)],
    ended: &AtomicBool,
) -> Result<(), String> {
    let hops = Hops::connect(broker, [requests, replies], extra);
    let hops = hops.map_err(|error| error.to_string())?;
    while !ended.load(Ordering::Relaxed) {
        if let Some(Ok(message)) = hops.consumer.poll(Duration::from_millis(50)) {
            hops.send(message.payload().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Asks as it is told, until there are no more orders.
///
/// # Errors
/// When an answer is missing, or another one than is due.
pub fn ask(
    broker: &str,
    [requests, replies]: [&str; 2],
    size: usize,
    extra: &[(&str, &str)],
) -> Result<(), String> {
    let hops = Hops::connect(broker, [replies, requests], extra);
    let hops = hops.map_err(|error| error.to_string())?;
    let mut asked = 0;
    while let Some(order) = next_order()? {
        say(&carry_out(&hops, order, size, &mut asked)?)?;
    }
    Ok(())
}

fn carry_out(hops: &Hops<'_>, order: Order, size: usize, asked: &mut u64) -> Result<Took, String> {
    let mut open: VecDeque<(String, Instant)> = VecDeque::new();
    let mut each_ns = Vec::with_capacity(order.calls);
    let mut left = order.calls;
    let began = Instant::now();
    while each_ns.len() < order.calls {
        while left > 0 && open.len() < order.in_flight {
            left -= 1;
            *asked += 1;
            let question = payload(*asked, size);
            let at = Instant::now();
            hops.send(question.as_bytes())?;
            open.push_back((question, at));
        }
        match hops.consumer.poll(WITHIN) {
            Some(Ok(message)) => {
                let due = open.pop_front();
                let (question, at) = due.ok_or("an answer that nobody waits for")?;
                if message.payload() != Some(question.as_bytes()) {
                    return Err("an answer to another question".to_owned());
                }
                each_ns.push(u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(error)) => return Err(error.to_string()),
            None => return Err("no answer in time".to_owned()),
        }
    }
    Ok(Took {
        each_ns,
        all_ns: u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
    })
}
