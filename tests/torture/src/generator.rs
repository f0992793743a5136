//! Writes the inputs with a plain idempotent producer, and a journal of what became of each.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use serde::Serialize;

use crate::journal::Journal;
use crate::pace::pause;
use crate::seed::Dice;
use crate::wire::Sent;

/// What is written, where and how fast.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The brokers.
    pub brokers: String,
    /// The run.
    pub run: String,
    /// The streams; each has a producer number of its own, its index.
    pub streams: Vec<String>,
    /// Partitions of each.
    pub partitions: u64,
    /// Keys of each: more than partitions, so that keys share them.
    pub keys: u64,
    /// Records per second, all streams together.
    pub rate: u64,
    /// Written at once, before the pace is kept: a backlog to begin with.
    pub backlog: u64,
    /// So many in a thousand cannot be decoded.
    pub poison_permille: u64,
    /// The seed of the run.
    pub seed: u64,
    /// Where the journal goes.
    pub journal: PathBuf,
}

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// The broker has it.
    Ok,
    /// The broker never got it.
    Fail,
    /// Nobody knows.
    Unknown,
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The index of the stream.
    pub producer: u32,
    /// The number of the record.
    pub seq: u64,
    /// Its checksum; of poison 0.
    pub crc: u32,
    /// What became of it.
    pub fate: Fate,
    /// Where it is, when its fate is `Ok`.
    pub place: Option<(i32, i64)>,
}

/// A generator at work.
#[derive(Debug)]
pub struct Generator {
    stop: Arc<AtomicBool>,
    writing: JoinHandle<()>,
    keeping: JoinHandle<Vec<Entry>>,
}

/// Gets the delivery reports.
struct Reports(Sender<Entry>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Entry>;

    fn delivery(&self, result: &DeliveryResult<'_>, mut entry: Box<Entry>) {
        if let Ok(message) = result {
            entry.fate = Fate::Ok;
            entry.place = Some((message.partition(), message.offset()));
        }
        // The other end is gone only after the last report.
        let _ = self.0.send(*entry);
    }
}

impl Generator {
    /// Starts to write.
    ///
    /// # Panics
    /// When the producer cannot be made.
    #[must_use]
    pub fn start(sending: Sending) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (reports, reported) = mpsc::channel();
        let journal = Journal::create(&sending.journal).expect("a journal");
        let keeping = thread::spawn(move || keep(journal, &reported));
        let stopped = Arc::clone(&stop);
        let writing = thread::spawn(move || write(&sending, &stopped, &reports));
        Self {
            stop,
            writing,
            keeping,
        }
    }

    /// Ends it, and waits until the fate of everything is known, or is known to be unknown.
    ///
    /// # Panics
    /// When one of its threads did.
    #[must_use]
    pub fn finish(self) -> Vec<Entry> {
        self.stop.store(true, Ordering::Relaxed);
        self.writing.join().expect("the generator writes");
        self.keeping
            .join()
            .expect("the generator keeps its journal")
    }
}

fn keep(mut journal: Journal, reported: &Receiver<Entry>) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Ok(entry) = reported.recv() {
        for entry in std::iter::once(entry).chain(reported.try_iter()) {
            journal.add(&entry).expect("an entry is JSON");
            entries.push(entry);
        }
        journal.sync().expect("the disk takes the journal");
    }
    entries
}

fn write(sending: &Sending, stop: &AtomicBool, reports: &Sender<Entry>) {
    let producer: ThreadedProducer<Reports> = ClientConfig::new()
        .set("bootstrap.servers", &sending.brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "2")
        .set("delivery.timeout.ms", "300000")
        .create_with_context(Reports(reports.clone()))
        .expect("a producer");
    let mut dice = Dice::new(sending.seed, "generator");
    let began = Instant::now();
    let mut written = 0_u64;
    let mut seqs = vec![0_u64; sending.streams.len()];
    // With calls alone there is nothing to write.
    while !stop.load(Ordering::Relaxed) && !seqs.is_empty() {
        let due = began.elapsed().as_millis() as u64 * sending.rate / 1000 + sending.backlog;
        if written >= due {
            pause(Duration::from_millis(2));
            continue;
        }
        let producer_number = dice.below(sending.streams.len() as u64) as u32;
        let index = producer_number as usize;
        let key = dice.below(sending.keys);
        let seq = seqs[index];
        seqs[index] += 1;
        written += 1;
        let poison = dice.chance(sending.poison_permille);
        let body: String = (0..dice.below(200))
            .map(|_| char::from(b'a' + (dice.below(26) as u8)))
            .collect();
        let name = format!("k{key}");
        let sent = Sent::new(&sending.run, producer_number, seq, name.clone(), body);
        let (crc, payload) = if poison {
            (0, poisoned(seq))
        } else {
            (
                sent.crc,
                serde_json::to_vec(&sent).expect("a record is JSON"),
            )
        };
        let entry = Entry {
            producer: producer_number,
            seq,
            crc,
            fate: Fate::Unknown,
            place: None,
        };
        let partition = i32::try_from(key % sending.partitions).unwrap_or(0);
        let record = BaseRecord::with_opaque_to(&sending.streams[index], Box::new(entry))
            .partition(partition)
            .key(&name)
            .payload(&payload);
        send(&producer, record, reports);
    }
    // What has no report by then keeps its fate: the drop purges it, which is a report.
    let _ = producer.flush(Duration::from_secs(120));
}

fn send(
    producer: &ThreadedProducer<Reports>,
    mut record: BaseRecord<'_, String, Vec<u8>, Box<Entry>>,
    reports: &Sender<Entry>,
) {
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                record = again;
                pause(Duration::from_millis(10));
            }
            Err((_, refused)) => {
                let mut entry = refused.delivery_opaque;
                entry.fate = Fate::Fail;
                let _ = reports.send(*entry);
                return;
            }
        }
    }
}

/// Bytes that are neither CBOR nor JSON nor text.
fn poisoned(seq: u64) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe, 0x00];
    bytes.extend(seq.to_be_bytes());
    bytes
}

/// Whether a payload is such bytes.
#[must_use]
pub fn is_poison(payload: &[u8]) -> bool {
    payload.starts_with(&[0xff, 0xfe, 0x00])
}
