//! Asks for committed offsets all the time, directly at the brokers, and writes down what it sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::history::{Sample, StreamId};
use crate::pace::{now_ms, pause};

/// A group to be asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The index of its topology.
    pub flow: usize,
    /// Its name.
    pub group: String,
    /// What it reads.
    pub streams: Vec<(StreamId, String)>,
    /// Partitions of each.
    pub partitions: i32,
}

/// How long one question may take; a broker may just be gone.
const ANSWER: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_millis(150);
/// What stands before the id of the stream in the text beside a committed offset.
const NOTE: &str = "catenae:stream-id=";

/// A committed offset, and the stream that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What was seen; its stream is the one of the name.
    pub sample: Sample,
    /// The id of the stream that it was committed for, as the link says.
    pub id: Option<String>,
}

impl Seen {
    /// Whether it says the same as an earlier one.
    fn repeats(&self, earlier: &Self) -> bool {
        let Self { sample, id } = earlier;
        self.id == *id
            && Sample {
                at: sample.at,
                ..self.sample
            } == *sample
    }
}

/// A watch that goes on until it is finished.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Seen>>>,
}

impl Watch {
    /// Starts one thread per group.
    #[must_use]
    pub fn start(brokers: &str, groups: &[Asked]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let watch = |asked: &Asked| {
            let (stop, brokers, asked) = (Arc::clone(&stop), brokers.to_owned(), asked.clone());
            thread::spawn(move || {
                let client = client(&brokers, &asked.group);
                let mut all: Vec<Seen> = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    for seen in ask(&client, &asked).unwrap_or_default() {
                        // What did not change says nothing new: the earlier one is the harder.
                        let place = |seen: &Seen| (seen.sample.stream, seen.sample.partition);
                        let same = |other: &&Seen| place(other) == place(&seen);
                        let last = all.iter().rev().find(same);
                        if last.is_none_or(|last| !seen.repeats(last)) {
                            all.push(seen);
                        }
                    }
                    pause(EVERY);
                }
                all
            })
        };
        let threads = groups.iter().map(watch).collect();
        Self { stop, threads }
    }

    /// Ends it; the samples of one partition are in the order of time.
    ///
    /// # Panics
    /// When one of its threads did.
    #[must_use]
    pub fn finish(self) -> Vec<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.threads.into_iter().map(JoinHandle::join);
        seen.flat_map(|seen| seen.expect("the watch looks"))
            .collect()
    }
}

/// A client that asks about one group, and never joins it.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn client(brokers: &str, group: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        // Else an answer waits until no transaction has anything to say about the offset.
        .set("isolation.level", "read_uncommitted")
        .create()
        .expect("a client")
}

/// What a group has committed now; `None` without an answer.
#[must_use]
pub fn ask(client: &BaseConsumer, asked: &Asked) -> Option<Vec<Seen>> {
    let mut list = TopicPartitionList::new();
    for (_, stream) in &asked.streams {
        for partition in 0..asked.partitions {
            list.add_partition(stream, partition);
        }
    }
    let answer = client.committed_offsets(list, ANSWER).ok()?;
    let at = now_ms();
    let mut all = Vec::new();
    for element in answer.elements() {
        element.error().ok()?;
        let Offset::Offset(next) = element.offset() else {
            continue;
        };
        let named = |(_, name): &&(StreamId, String)| name == element.topic();
        let (stream, _) = asked.streams.iter().find(named)?;
        let sample = Sample {
            flow: asked.flow,
            stream: *stream,
            partition: element.partition(),
            next,
            at,
        };
        let id = element.metadata().strip_prefix(NOTE);
        let id = id.map(ToOwned::to_owned);
        all.push(Seen { sample, id });
    }
    Some(all)
}
