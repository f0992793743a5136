//! Writes inputs in transactions, as other programs do: committed, aborted, or left open for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::producer::{DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};

use crate::drawing::Drawing;
use crate::generator::{Entry, Fate, Sending};
use crate::journal::Journal;
use crate::pace::pause;
use crate::seed::Dice;

/// What is added to the number of a stream, for the one of this writer.
const PRODUCERS: u32 = 1000;
/// How long one question to the coordinator may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long an end may take; one broker may be gone meanwhile.
const END_WITHIN: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(20);

/// A writer at work.
#[derive(Debug)]
pub struct Foreign {
    stop: Arc<AtomicBool>,
    writing: JoinHandle<Vec<Entry>>,
}

/// Gets the delivery reports.
struct Reports(Sender<Entry>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Entry>;

    fn delivery(&self, result: &DeliveryResult<'_>, mut entry: Box<Entry>) {
        match result {
            Ok(message) => {
                entry.fate = Fate::Ok;
                entry.place = Some((message.partition(), message.offset()));
            }
            Err(_) => entry.fate = Fate::Fail,
        }
        let _ = self.0.send(*entry);
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Committed,
    Aborted,
    /// Nobody knows; the next producer of the same id ends it.
    Unknown,
}

impl Foreign {
    /// Starts to write one transaction after the other to the streams of `sending`.
    #[must_use]
    pub fn start(sending: Sending) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let writing = thread::spawn(move || write(&sending, &stopped));
        Self { stop, writing }
    }

    /// Ends it, and the transaction that is open; returns what was written.
    ///
    /// # Panics
    /// When its thread did.
    #[must_use]
    pub fn finish(self) -> Vec<Entry> {
        self.stop.store(true, Ordering::Relaxed);
        self.writing.join().expect("the transactions are written")
    }
}

fn write(sending: &Sending, stop: &AtomicBool) -> Vec<Entry> {
    let mut journal = Journal::create(&sending.journal).expect("a journal");
    let mut drawing = Drawing::of(sending, "transactions", PRODUCERS);
    let mut dice = Dice::new(sending.seed, "ends of transactions");
    let (reports, reported) = mpsc::channel();
    let mut producer = None;
    let mut entries = Vec::new();
    while !stop.load(Ordering::Relaxed) && !sending.streams.is_empty() {
        wait(dice.between(100, 1500), stop);
        let Some(client) = producer.take().or_else(|| begin(sending, &reports)) else {
            continue;
        };
        let (commits, count) = (dice.chance(600), dice.between(1, 12));
        // Half of them are open for so long that readers wait for their end.
        let open = [0, dice.between(500, 4000)][dice.below(2) as usize];
        if client.begin_transaction().is_err() {
            continue;
        }
        for _ in 0..count {
            let index = drawing.index();
            let (record, payload) = drawing.record(index, None);
            // What is not taken was never sent.
            let _ = client.send(record.base(&payload));
        }
        let _ = client.flush(ANSWER);
        wait(open, stop);
        let ended = end(&client, commits);
        for entry in settle(&client, ended, &reported) {
            journal.add(&entry).expect("an entry is JSON");
            entries.push(entry);
        }
        journal.sync().expect("the disk takes the journal");
        if ended != Ended::Unknown {
            producer = Some(client);
        }
    }
    if producer.is_none() && !sending.streams.is_empty() {
        // It ends what may be open.
        begin(sending, &reports);
    }
    entries
}

fn wait(ms: u64, stop: &AtomicBool) {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end && !stop.load(Ordering::Relaxed) {
        pause(BREATH);
    }
}

/// A producer; what one before has left open is ended by it.
fn begin(sending: &Sending, reports: &Sender<Entry>) -> Option<ThreadedProducer<Reports>> {
    let producer: ThreadedProducer<Reports> = ClientConfig::new()
        .set("bootstrap.servers", &sending.brokers)
        .set("transactional.id", format!("{}-foreign", sending.run))
        .set("transaction.timeout.ms", "30000")
        .set("linger.ms", "2")
        .create_with_context(Reports(reports.clone()))
        .expect("a producer");
    let end = Instant::now() + END_WITHIN;
    while Instant::now() < end {
        match producer.init_transactions(ANSWER) {
            Ok(()) => return Some(producer),
            Err(KafkaError::Transaction(error)) if error.is_retriable() => pause(BREATH),
            Err(_) => return None,
        }
    }
    None
}

/// Ends a transaction.
fn end(producer: &ThreadedProducer<Reports>, commits: bool) -> Ended {
    let deadline = Instant::now() + END_WITHIN;
    let mut commits = commits;
    while Instant::now() < deadline {
        let answer = match commits {
            true => producer.commit_transaction(ANSWER),
            false => producer.abort_transaction(ANSWER),
        };
        match answer {
            Ok(()) if commits => return Ended::Committed,
            Ok(()) => return Ended::Aborted,
            Err(KafkaError::Transaction(error)) if error.is_retriable() => pause(BREATH),
            Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => commits = false,
            Err(_) => return Ended::Unknown,
        }
    }
    Ended::Unknown
}

/// What became of the records of a transaction.
fn settle(
    producer: &ThreadedProducer<Reports>,
    ended: Ended,
    reported: &Receiver<Entry>,
) -> Vec<Entry> {
    // All of them have their report by then, or nobody knows.
    while producer.in_flight_count() > 0 && ended != Ended::Unknown {
        pause(BREATH);
    }
    let mut entries: Vec<Entry> = reported.try_iter().collect();
    for entry in entries.iter_mut().filter(|entry| entry.fate == Fate::Ok) {
        entry.fate = match ended {
            Ended::Committed => Fate::Ok,
            Ended::Aborted => Fate::Aborted,
            Ended::Unknown => Fate::Unknown,
        };
    }
    entries
}
