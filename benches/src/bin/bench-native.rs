//! The least that librdkafka allows: the loop of `bench-raw` on librdkafka's own calls, for bytes only.
//!
//! Messages are taken in batches from a queue to which the partitions are led, outputs go to a kept handle of their
//! topic, and one event of delivery reports is counted at once. The promise is that of `bench-raw`: at-least-once,
//! an offset is stored when its output and all before it are delivered. It stops when its standard input ends, and
//! leaves rebalances to the client: it is run alone.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::ffi::{CString, c_void};
use std::io::Read as _;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catenae_benches::settings;
use rdkafka::bindings::{
    RD_KAFKA_EVENT_DR, RD_KAFKA_MSG_F_COPY, rd_kafka_consume_batch_queue, rd_kafka_event_destroy,
    rd_kafka_event_message_next, rd_kafka_event_type, rd_kafka_message_destroy, rd_kafka_message_t,
    rd_kafka_produce, rd_kafka_queue_forward, rd_kafka_queue_get_main,
    rd_kafka_queue_get_partition, rd_kafka_queue_new, rd_kafka_queue_poll, rd_kafka_queue_t,
    rd_kafka_t, rd_kafka_topic_new, rd_kafka_topic_t,
};
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;

/// As in `bench-raw`.
const IN_FLIGHT: usize = 65_536;
const MAX_BYTES: usize = 16 << 20;
const STORE_EVERY: Duration = Duration::from_millis(20);
/// So many messages are taken at once.
const BATCH: usize = 512;

struct Queue(*mut rd_kafka_queue_t);

// SAFETY: librdkafka's queues are locked inside.
unsafe impl Send for Queue {}
// SAFETY: the same.
unsafe impl Sync for Queue {}

/// Leads what is assigned to one queue.
struct Leads(std::sync::OnceLock<Queue>);

impl ClientContext for Leads {}

impl ConsumerContext for Leads {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let (Rebalance::Assign(list), Some(to)) = (rebalance, self.0.get()) else {
            return;
        };
        for element in list.elements() {
            let Ok(topic) = CString::new(element.topic()) else {
                continue;
            };
            // SAFETY: the client is alive; both queues live as long as it.
            unsafe {
                let client = consumer.client().native_ptr();
                let from =
                    rd_kafka_queue_get_partition(client, topic.as_ptr(), element.partition());
                rd_kafka_queue_forward(from, to.0);
            }
        }
    }
}

/// What delivery reports change.
struct Delivered {
    done: Box<[AtomicBool]>,
    bytes: AtomicUsize,
    failed: AtomicBool,
}

impl Delivered {
    /// Counts the reports of one event after the other, until `stop`.
    fn count(&self, queue: &Queue, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            // SAFETY: the queue is alive, and the event belongs to this loop until it is destroyed; its messages are
            // the event's.
            unsafe {
                let event = rd_kafka_queue_poll(queue.0, 100);
                if event.is_null() {
                    continue;
                }
                let mut bytes = 0;
                if rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR {
                    loop {
                        let message = rd_kafka_event_message_next(event);
                        if message.is_null() {
                            break;
                        }
                        if (*message).err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                            self.failed.store(true, Ordering::Release);
                        }
                        bytes += (*message).len;
                        let number = (*message)._private as usize;
                        self.done[number % IN_FLIGHT].store(true, Ordering::Release);
                    }
                }
                self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                rd_kafka_event_destroy(event);
            }
        }
    }
}

struct Loop {
    consumer: BaseConsumer<Leads>,
    queue: *mut rd_kafka_queue_t,
    topic: *mut rd_kafka_topic_t,
    delivered: Arc<Delivered>,
    in_flight: VecDeque<(i32, i64)>,
    next: usize,
    input: String,
}

impl Loop {
    fn run(&mut self, stop: &AtomicBool) -> Result<(), Box<dyn Error>> {
        let mut stored = Instant::now();
        let mut batch: Vec<*mut rd_kafka_message_t> = vec![ptr::null_mut(); BATCH];
        while !stop.load(Ordering::Relaxed) {
            let room = (IN_FLIGHT - self.in_flight.len()).min(BATCH);
            // SAFETY: the queue is alive, and there is room for so many.
            let taken =
                unsafe { rd_kafka_consume_batch_queue(self.queue, 1, batch.as_mut_ptr(), room) };
            for message in batch.iter().take(usize::try_from(taken)?) {
                self.forward(*message)?;
            }
            if stored.elapsed() >= STORE_EVERY || self.in_flight.len() == IN_FLIGHT {
                stored = Instant::now();
                self.serve()?;
            }
            while self.delivered.bytes.load(Ordering::Relaxed) >= MAX_BYTES {
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

    fn forward(&mut self, message: *mut rd_kafka_message_t) -> Result<(), Box<dyn Error>> {
        // SAFETY: the message is this function's until it is destroyed, and the client copies what it is given.
        unsafe {
            let from = &*message;
            if from.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_message_destroy(message);
                return Ok(());
            }
            self.delivered.bytes.fetch_add(from.len, Ordering::Relaxed);
            while rd_kafka_produce(
                self.topic,
                -1,
                RD_KAFKA_MSG_F_COPY,
                from.payload,
                from.len,
                ptr::null(),
                0,
                self.next as *mut c_void,
            ) != 0
            {
                if self.delivered.failed.load(Ordering::Acquire) {
                    return Err("an output was not delivered".into());
                }
                thread::sleep(Duration::from_millis(1));
            }
            self.in_flight.push_back((from.partition, from.offset));
            self.next += 1;
            rd_kafka_message_destroy(message);
        }
        Ok(())
    }

    /// Rebalances, and what is delivered.
    fn serve(&mut self) -> Result<(), Box<dyn Error>> {
        if let Some(Err(error)) = self.consumer.poll(Duration::ZERO) {
            eprintln!("{error}");
        }
        self.store()
    }

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
        if moved.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for (partition, next) in moved {
            list.add_partition_offset(&self.input, partition, Offset::Offset(next))?;
        }
        Ok(self.consumer.store_offsets(&list)?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [_kind, broker, group, input, output, extra @ ..] = &arguments[..] else {
        let usage = "bench-native bytes <broker> <group> <input> <output> [<key>=<value> …]";
        return Err(usage.into());
    };
    let extra: Option<Vec<_>> = extra.iter().map(|pair| pair.split_once('=')).collect();
    let extra = extra.ok_or("a setting is written `key=value`")?;
    let delivered = Arc::new(Delivered {
        done: (0..IN_FLIGHT).map(|_| AtomicBool::new(false)).collect(),
        bytes: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
    });
    let leads = Leads(std::sync::OnceLock::new());
    let consumer: BaseConsumer<Leads> =
        settings::consumer(broker, group, &extra).create_with_context(leads)?;
    let producer: BaseProducer = settings::producer(broker, &extra).create()?;
    let client: *mut rd_kafka_t = producer.client().native_ptr();
    let name = CString::new(output.as_str())?;
    // SAFETY: both clients are alive; what is made here is never destroyed, and the process ends by itself.
    let (queue, topic, reports) = unsafe {
        (
            rd_kafka_queue_new(consumer.client().native_ptr()),
            rd_kafka_topic_new(client, name.as_ptr(), ptr::null_mut()),
            Queue(rd_kafka_queue_get_main(client)),
        )
    };
    let _ = consumer.context().0.set(Queue(queue));
    consumer.subscribe(&[input])?;
    let stop = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            stop.store(true, Ordering::Relaxed);
        }
    });
    let over = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let (delivered, over) = (Arc::clone(&delivered), Arc::clone(&over));
        move || delivered.count(&reports, &over)
    });
    let mut pipe = Loop {
        consumer,
        queue,
        topic,
        delivered,
        in_flight: VecDeque::with_capacity(IN_FLIGHT),
        next: 0,
        input: input.clone(),
    };
    pipe.run(&stop)?;
    over.store(true, Ordering::Relaxed);
    // Its clients are not closed: the handles are still there.
    std::process::exit(0);
}
