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

use crate::drawing::{Drawing, Oddities};
use crate::journal::Journal;
use crate::pace::pause;

/// What is written, where and how fast.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The brokers.
    pub brokers: String,
    /// The run.
    pub run: String,
    /// The streams with their numbers; each has a producer number of its own, the same.
    pub streams: Vec<(u32, String)>,
    /// How often these streams had been created again.
    pub incarnation: u32,
    /// Partitions of each.
    pub partitions: u64,
    /// Records per second, all streams together.
    pub rate: u64,
    /// Written at once, before the pace is kept: a backlog to begin with.
    pub backlog: u64,
    /// Written before all that: so many to each partition of each stream.
    pub first: Vec<u64>,
    /// What some records are like.
    pub oddities: Oddities,
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
    /// The broker has it, in a transaction that was aborted.
    Aborted,
    /// Nobody knows.
    Unknown,
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The number of the stream.
    pub stream: u32,
    /// How often the stream had been created again.
    pub incarnation: u32,
    /// Who wrote it.
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
    let mut drawing = Drawing::new(sending);
    for index in 0..sending.streams.len() {
        for (partition, count) in (0..).zip(&sending.first) {
            for _ in 0..*count {
                let (record, payload) = drawing.record(index, Some(partition));
                send(&producer, record.base(&payload), reports);
            }
        }
    }
    let began = Instant::now();
    let mut written = 0_u64;
    // With calls alone there is nothing to write.
    while !stop.load(Ordering::Relaxed) && !sending.streams.is_empty() {
        let due = began.elapsed().as_millis() as u64 * sending.rate / 1000 + sending.backlog;
        if written >= due {
            pause(Duration::from_millis(2));
            continue;
        }
        written += 1;
        let index = drawing.index();
        let (record, payload) = drawing.record(index, None);
        send(&producer, record.base(&payload), reports);
    }
    // What has no report by then keeps its fate: the drop purges it, which is a report.
    let _ = producer.flush(Duration::from_secs(120));
}

fn send(
    producer: &ThreadedProducer<Reports>,
    mut record: BaseRecord<'_, [u8], [u8], Box<Entry>>,
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
