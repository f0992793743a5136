//! The loop of the comparison, written by hand: at-least-once with rdkafka and nothing else.
//!
//! One thread polls, sends and stores; the producer's thread takes delivery reports. An offset is
//! stored when its output and all outputs before it are delivered. It stops when its standard input
//! ends. It leaves rebalances to the client: it is run alone.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catenae_benches::{settings, workload};
use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// Outputs under way at most; a power of two, and as many as a link has electrons in flight.
const IN_FLIGHT: usize = 65_536;
/// Bytes under way at most, as a link's.
const MAX_BYTES: usize = 16 << 20;
const STORE_EVERY: Duration = Duration::from_millis(20);

/// What delivery reports change.
struct Delivered {
    done: Box<[AtomicBool]>,
    bytes: AtomicUsize,
    failed: AtomicBool,
}

struct Reports(Arc<Delivered>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        match result {
            Ok(message) => {
                let delivered = &self.0;
                delivered
                    .bytes
                    .fetch_sub(message.payload_len(), Ordering::Relaxed);
                delivered.done[number % IN_FLIGHT].store(true, Ordering::Release);
            }
            Err((error, _)) => {
                eprintln!("not delivered: {error}");
                self.0.failed.store(true, Ordering::Release);
            }
        }
    }
}

struct Loop {
    consumer: BaseConsumer,
    producer: ThreadedProducer<Reports>,
    delivered: Arc<Delivered>,
    /// Partition and offset of the records whose outputs are under way, in order.
    in_flight: VecDeque<(i32, i64)>,
    /// The number of the next output.
    next: usize,
    input: String,
    output: String,
    codec: bool,
    buffer: Vec<u8>,
}

impl Loop {
    fn run(&mut self, stop: &AtomicBool) -> Result<(), Box<dyn Error>> {
        let mut stored = Instant::now();
        let mut count = 0_u32;
        while !stop.load(Ordering::Relaxed) {
            // The messages borrow the consumer, and only the consumer.
            let consumer = &self.consumer;
            match consumer.poll(STORE_EVERY) {
                Some(message) => {
                    let message = message?;
                    // Twice the same borrow: the fields that `forward` changes are others.
                    let (partition, offset) = (message.partition(), message.offset());
                    forward(
                        &message,
                        &self.producer,
                        &self.delivered,
                        &self.output,
                        self.codec,
                        self.next,
                        &mut self.buffer,
                    )?;
                    self.in_flight.push_back((partition, offset));
                    self.next += 1;
                }
                None => count = 0,
            }
            count = count.wrapping_add(1);
            if count % 256 == 1 && stored.elapsed() >= STORE_EVERY {
                stored = Instant::now();
                self.store()?;
            }
            while self.in_flight.len() == IN_FLIGHT
                || self.delivered.bytes.load(Ordering::Relaxed) >= MAX_BYTES
            {
                thread::sleep(Duration::from_millis(1));
                self.store()?;
            }
        }
        while !self.in_flight.is_empty() {
            thread::sleep(Duration::from_millis(1));
            self.store()?;
        }
        match self.consumer.commit_consumer_state(CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores the offsets behind the delivered outputs that nothing undelivered precedes.
    fn store(&mut self) -> Result<(), Box<dyn Error>> {
        if self.delivered.failed.load(Ordering::Acquire) {
            return Err("an output was not delivered".into());
        }
        let mut moved = BTreeMap::new();
        while let Some((partition, offset)) = self.in_flight.front() {
            let number = self.next - self.in_flight.len();
            let done = &self.delivered.done[number % IN_FLIGHT];
            if !done.load(Ordering::Acquire) {
                break;
            }
            done.store(false, Ordering::Relaxed);
            moved.insert(*partition, offset + 1);
            self.in_flight.pop_front();
        }
        if !moved.is_empty() {
            let mut list = TopicPartitionList::new();
            for (partition, next) in moved {
                list.add_partition_offset(&self.input, partition, Offset::Offset(next))?;
            }
            self.consumer.store_offsets(&list)?;
        }
        Ok(())
    }
}

fn forward(
    message: &BorrowedMessage<'_>,
    producer: &ThreadedProducer<Reports>,
    delivered: &Delivered,
    output: &str,
    codec: bool,
    number: usize,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    let mut value = message.payload().unwrap_or_default();
    if codec {
        let order = workload::decode(value).ok_or("not an order")?;
        workload::encode(&order, buffer);
        value = buffer;
    }
    delivered.bytes.fetch_add(value.len(), Ordering::Relaxed);
    let mut record = BaseRecord::<(), [u8], usize>::with_opaque_to(output, number).payload(value);
    while let Err((error, again)) = producer.send(record) {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
            return Err(error.into());
        }
        record = again;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, broker, group, input, output, extra @ ..] = &arguments[..] else {
        let usage = "bench-raw bytes|struct <broker> <group> <input> <output> [<key>=<value> …]";
        return Err(usage.into());
    };
    let extra: Option<Vec<_>> = extra.iter().map(|pair| pair.split_once('=')).collect();
    let extra = extra.ok_or("a setting is written `key=value`")?;
    let delivered = Arc::new(Delivered {
        done: (0..IN_FLIGHT).map(|_| AtomicBool::new(false)).collect(),
        bytes: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
    });
    let consumer: BaseConsumer = settings::consumer(broker, group, &extra).create()?;
    consumer.subscribe(&[input])?;
    let producer = ThreadedProducer::from_config_and_context(
        &settings::producer(broker, &extra),
        Reports(Arc::clone(&delivered)),
    )?;
    let stop = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            stop.store(true, Ordering::Relaxed);
        }
    });
    let mut pipe = Loop {
        consumer,
        producer,
        delivered,
        in_flight: VecDeque::with_capacity(IN_FLIGHT),
        next: 0,
        input: input.clone(),
        output: output.clone(),
        codec: kind == "struct",
        buffer: Vec::new(),
    };
    pipe.run(&stop)
}
