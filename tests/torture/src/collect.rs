//! Makes a history of what lies on the streams.

use std::collections::HashMap;

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::generator::{Entry, Fate, is_poison};
use crate::history::{
    Acked, Content, DeadLetter, Flow, History, Input, Made, Output, Place, Sample, StreamId,
    Waiting,
};
use crate::reader::{await_transactions, read};
use crate::wire;

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Places {
    /// The brokers.
    pub brokers: String,
    /// The names of the streams; the generator's first, in its order.
    pub streams: Vec<String>,
    /// How many of them are the generator's.
    pub inputs: usize,
    /// Partitions of each.
    pub partitions: i32,
    /// The topologies.
    pub flows: Vec<Flow>,
}

/// Reads every stream and joins it with what the generator and the watch have seen.
///
/// # Errors
/// When a stream cannot be read.
pub fn collect(
    places: &Places,
    journal: &[Entry],
    samples: Vec<Sample>,
) -> Result<History, String> {
    let mut names = Names::default();
    let mut history = History {
        streams: places.streams.clone(),
        flows: places.flows.clone(),
        samples,
        acked: journal.iter().filter_map(acked).collect(),
        ..History::default()
    };
    let Places {
        brokers,
        partitions,
        ..
    } = places;
    let name = |stream: StreamId| places.streams[stream].as_str();
    for stream in 0..places.inputs {
        read(brokers, name(stream), *partitions, |message| {
            let inputs = &mut history.inputs;
            let inputs = inputs.entry((stream, message.partition())).or_default();
            inputs.push(input(message, &mut names));
        })?;
    }
    let outputs = places.flows.iter().flat_map(|flow| &flow.outputs);
    for stream in outputs {
        await_transactions(brokers, name(*stream), *partitions)?;
        let mut found = Vec::new();
        read(brokers, name(*stream), *partitions, |message| {
            found.push(output(message, &places.streams, &mut names));
        })?;
        history.outputs.insert(*stream, found);
    }
    for (index, flow) in places.flows.iter().enumerate() {
        for (input, stream) in &flow.dead {
            await_transactions(brokers, name(*stream), *partitions)?;
            read(brokers, name(*stream), *partitions, |message| {
                history.dead_letters.push(DeadLetter {
                    flow: index,
                    parent: origin(message, *input),
                    at: message.timestamp().to_millis().unwrap_or(i64::MAX),
                });
            })?;
        }
        for (input, stream) in &flow.retries {
            read(brokers, name(*stream), *partitions, |message| {
                let copy = waiting(message, index, *input, *stream, &mut names);
                history.waiting.push(copy);
            })?;
        }
    }
    history.instances = names.instances.in_order();
    Ok(history)
}

fn acked(entry: &Entry) -> Option<Acked> {
    let (partition, offset) = entry.place?;
    let stream = entry.producer as StreamId;
    (entry.fate == Fate::Ok).then_some(Acked {
        place: Place {
            stream,
            partition,
            offset,
        },
        crc: entry.crc,
    })
}

fn input(message: &BorrowedMessage<'_>, names: &mut Names) -> Input {
    Input {
        offset: message.offset(),
        content: content(message, names),
    }
}

/// What the generator wrote, here or where the link has copied it to.
fn content(message: &BorrowedMessage<'_>, names: &mut Names) -> Content {
    let payload = message.payload().unwrap_or_default();
    if is_poison(payload) {
        return Content::Poison;
    }
    let sent = serde_json::from_slice(payload).ok();
    match sent.filter(wire::Sent::is_whole) {
        Some(sent) => Content::Record {
            seq: sent.seq,
            key: names.keys.number(&sent.key),
            crc: sent.crc,
        },
        // Nobody sent that.
        None => Content::Record {
            seq: u64::MAX,
            key: u32::MAX,
            crc: 0,
        },
    }
}

fn waiting(
    message: &BorrowedMessage<'_>,
    flow: usize,
    input: StreamId,
    stream: StreamId,
    names: &mut Names,
) -> Waiting {
    Waiting {
        flow,
        place: Place {
            stream,
            partition: message.partition(),
            offset: message.offset(),
        },
        at: message.timestamp().to_millis().unwrap_or(i64::MAX),
        parent: origin(message, input),
        failed: number(message, "catenae.attempt")
            .and_then(|failed| u32::try_from(failed).ok())
            .unwrap_or(0),
        content: content(message, names),
    }
}

fn output(message: &BorrowedMessage<'_>, streams: &[String], names: &mut Names) -> Output {
    Output {
        partition: message.partition(),
        offset: message.offset(),
        at: message.timestamp().to_millis().unwrap_or(i64::MAX),
        made: made(message, streams, names),
    }
}

/// What an output says of itself, if it is whole.
fn made(message: &BorrowedMessage<'_>, streams: &[String], names: &mut Names) -> Option<Made> {
    let made: wire::Made = ciborium::from_reader(message.payload()?).ok()?;
    let wire::Made { parent, sent, .. } = &made;
    let whole = sent.is_whole() && message.key() == Some(sent.key.as_bytes());
    whole.then(|| Made {
        by: names.instances.number(&made.by),
        nth: made.nth,
        count: made.count,
        parent: Place {
            // One that nobody knows has no inputs: its outputs are phantoms.
            stream: position(streams, &parent.stream),
            partition: parent.partition,
            offset: parent.offset,
        },
        seq: sent.seq,
        key: names.keys.number(&sent.key),
        crc: sent.crc,
    })
}

fn position(streams: &[String], name: &str) -> StreamId {
    let found = streams.iter().position(|stream| stream == name);
    found.unwrap_or(StreamId::MAX)
}

/// Where a dead letter, or what waits for a retry, says that it came from.
fn origin(message: &BorrowedMessage<'_>, input: StreamId) -> Option<Place> {
    Some(Place {
        stream: input,
        partition: i32::try_from(number(message, "catenae.origin-partition")?).ok()?,
        offset: number(message, "catenae.origin-offset")?,
    })
}

/// A header that is a number.
fn number(message: &BorrowedMessage<'_>, name: &str) -> Option<i64> {
    let mut headers = message.headers()?.iter();
    let header = headers.find(|header| header.key == name)?;
    str::from_utf8(header.value?).ok()?.parse().ok()
}

/// Numbers for names, so that a history stays small.
#[derive(Default)]
struct Names {
    keys: Numbers,
    instances: Numbers,
}

#[derive(Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(name.to_owned(), next);
        next
    }

    fn in_order(self) -> Vec<String> {
        let mut names: Vec<(String, u32)> = self.0.into_iter().collect();
        names.sort_by_key(|(_, number)| *number);
        names.into_iter().map(|(name, _)| name).collect()
    }
}
