//! Makes a history of what lies on the streams.

mod numbering;

use std::collections::HashMap;

use rdkafka::Timestamp;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::drawing::is_poison;
use crate::generator::Fate;
use crate::history::{
    Content, DeadLetter, Flow, History, Input, Made, Output, Place, StreamId, Waiting,
};
use crate::nature::has_key;
use crate::reader::{await_transactions, read};
use crate::sources::Written;
use crate::watch::Seen;
use crate::wire;
use numbering::Numbering;

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

/// Reads every stream and joins it with what was written and what the watch has seen.
///
/// # Errors
/// When a stream cannot be read.
pub fn collect(places: &Places, written: &Written, seen: Vec<Seen>) -> Result<History, String> {
    let mut names = Names::default();
    let mut history = History {
        streams: places.streams.clone(),
        flows: places.flows.clone(),
        ..History::default()
    };
    let numbering = Numbering::of(&written.incarnations, &mut history);
    for (incarnation, stream) in written.incarnations.iter().zip(&numbering.streams) {
        for record in &incarnation.held.records {
            let inputs = history.inputs.entry((*stream, record.partition));
            inputs.or_default().push(Input {
                offset: record.offset,
                content: content(&record.payload, &mut names),
            });
        }
        for (partition, end) in (0..).zip(&incarnation.held.ends) {
            history.ends.insert((*stream, partition), *end);
        }
    }
    let samples = seen.into_iter().filter_map(|seen| numbering.sample(&seen));
    history.samples = samples.collect();
    for entry in &written.journal {
        let Some(acked) = numbering.acked(entry) else {
            continue;
        };
        match entry.fate {
            Fate::Ok => history.acked.push(acked),
            Fate::Aborted => drop(history.aborted.insert(acked.place)),
            Fate::Fail | Fate::Unknown => {}
        }
    }
    let Places {
        brokers,
        partitions,
        ..
    } = places;
    let name = |stream: StreamId| places.streams[stream].as_str();
    let outputs = places.flows.iter().flat_map(|flow| &flow.outputs);
    for stream in outputs {
        await_transactions(brokers, name(*stream), *partitions)?;
        let mut found = Vec::new();
        read(brokers, name(*stream), *partitions, |message| {
            found.push(output(message, &places.streams, &numbering, &mut names));
        })?;
        history.outputs.insert(*stream, found);
    }
    for (index, flow) in places.flows.iter().enumerate() {
        for (input, stream) in &flow.dead {
            await_transactions(brokers, name(*stream), *partitions)?;
            read(brokers, name(*stream), *partitions, |message| {
                history.dead_letters.push(DeadLetter {
                    flow: index,
                    parent: origin(message, numbering.of_payload(*input, message.payload())),
                    at: appended(message),
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

/// What the generator wrote, here or where the link has copied it to.
fn content(payload: &[u8], names: &mut Names) -> Content {
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
        at: appended(message),
        parent: origin(message, input),
        failed: number(message, "catenae.attempt")
            .and_then(|failed| u32::try_from(failed).ok())
            .unwrap_or(0),
        content: content(message.payload().unwrap_or_default(), names),
    }
}

fn output(
    message: &BorrowedMessage<'_>,
    streams: &[String],
    numbering: &Numbering,
    names: &mut Names,
) -> Output {
    Output {
        partition: message.partition(),
        offset: message.offset(),
        at: appended(message),
        made: made(message, streams, numbering, names),
    }
}

/// What an output says of itself, if it is whole.
fn made(
    message: &BorrowedMessage<'_>,
    streams: &[String],
    numbering: &Numbering,
    names: &mut Names,
) -> Option<Made> {
    let made: wire::Made = ciborium::from_reader(message.payload()?).ok()?;
    let wire::Made { parent, sent, .. } = &made;
    let whole = sent.is_whole() && has_key(message.key(), &sent.key);
    whole.then(|| Made {
        by: names.instances.number(&made.by),
        nth: made.nth,
        count: made.count,
        parent: Place {
            stream: numbering.stream(position(streams, &parent.stream), sent.incarnation),
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

/// When the broker appended a record, in milliseconds since the Unix epoch: as early as can be where it does
/// not say.
fn appended(message: &BorrowedMessage<'_>) -> i64 {
    match message.timestamp() {
        Timestamp::LogAppendTime(at) => at,
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => i64::MIN,
    }
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
