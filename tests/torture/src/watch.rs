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

/// A watch that goes on until it is finished.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Sample>>>,
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
                let mut seen: Vec<Sample> = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    for sample in ask(&client, &asked).unwrap_or_default() {
                        // What did not change says nothing new: the earlier one is the harder.
                        let same = |other: &&Sample| {
                            other.stream == sample.stream && other.partition == sample.partition
                        };
                        let last = seen.iter().rev().find(same);
                        if last.is_none_or(|last| last.next != sample.next) {
                            seen.push(sample);
                        }
                    }
                    pause(EVERY);
                }
                seen
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
    pub fn finish(self) -> Vec<Sample> {
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
pub fn ask(client: &BaseConsumer, asked: &Asked) -> Option<Vec<Sample>> {
    let mut list = TopicPartitionList::new();
    for (_, stream) in &asked.streams {
        for partition in 0..asked.partitions {
            list.add_partition(stream, partition);
        }
    }
    let answer = client.committed_offsets(list, ANSWER).ok()?;
    let at = now_ms();
    let mut samples = Vec::new();
    for element in answer.elements() {
        element.error().ok()?;
        let Offset::Offset(next) = element.offset() else {
            continue;
        };
        let named = |(_, name): &&(StreamId, String)| name == element.topic();
        let (stream, _) = asked.streams.iter().find(named)?;
        samples.push(Sample {
            flow: asked.flow,
            stream: *stream,
            partition: element.partition(),
            next,
            at,
        });
    }
    Some(samples)
}
