//! What waits to be handed over: encoded, in memory that is used again.

use std::sync::Arc;

use rdkafka::message::OwnedHeaders;
use rdkafka::producer::BaseRecord;

use crate::assignment::partitions::Partition;
use crate::electron::Headers;
use crate::emit::Outgoing;
use crate::kafka::client::headers;
use crate::kafka::producer::copies::ForwardCopy;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;
use crate::stream::StreamName;

/// How many bytes one input may send under exactly-once.
const MAX_BYTES: usize = 32 << 20;
/// What an electron costs beside its content: so many small ones are bounded as well.
const COST: usize = 64;

/// One encoded electron that waits in the stage.
pub(super) struct StagedRecord<'p> {
    pub(super) stream: &'p StreamName,
    pub(super) key: Option<&'p [u8]>,
    pub(super) value: Option<&'p [u8]>,
    pub(super) headers: &'p Attached,
    /// Of the copy of an electron: milliseconds since the Unix epoch.
    pub(super) timestamp: Option<i64>,
}

/// The headers of an electron.
#[derive(Debug)]
pub(super) enum Attached {
    /// As a function gave them.
    Own(Headers),
    /// As the client has them: those of a copy.
    Native(OwnedHeaders),
}

impl StagedRecord<'_> {
    /// The bytes of value and key.
    pub(super) fn content(&self) -> usize {
        self.value.map_or(0, <[u8]>::len) + self.key.map_or(0, <[u8]>::len)
    }

    /// Whether it is the copy of an electron.
    pub(super) fn is_copy(&self) -> bool {
        matches!(self.headers, Attached::Native(_))
    }

    /// It as the client takes it.
    pub(super) fn record(&self, opaque: usize) -> BaseRecord<'_, [u8], [u8], usize> {
        let mut record = BaseRecord::with_opaque_to(self.stream.as_str(), opaque);
        (record.key, record.payload) = (self.key, self.value);
        record.timestamp = self.timestamp;
        record.headers = match self.headers {
            Attached::Own(own) if own.is_empty() => None,
            Attached::Own(own) => Some(headers::to_kafka(own)),
            Attached::Native(native) => Some(native.clone()),
        };
        record
    }
}

/// Electrons in the order in which they were sent: those of inputs whose function has returned, and
/// behind them those of the one in hand. Emptying it keeps the memory, up to a bound.
#[derive(Debug, Default)]
pub(super) struct StagedOutputs {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    marks: Vec<InputEnd>,
    /// What the electron in hand has sent, with headers and a surcharge for each.
    open_size: usize,
}

#[derive(Debug)]
struct Entry {
    stream: StreamName,
    key: Option<usize>,
    value: Option<usize>,
    headers: Attached,
    timestamp: Option<i64>,
}

/// The end of what one input has sent.
#[derive(Debug)]
pub(super) struct InputEnd {
    pub(super) slot: Slot,
    pub(super) partition: Arc<Partition>,
    pub(super) generation: u32,
    bytes: usize,
    entries: usize,
}

/// More than this is given back when the stage is emptied.
const KEPT_BYTES: usize = 1 << 20;
const KEPT_ENTRIES: usize = 16_384;
/// How much may wait while a transaction ends.
const MAX_WAITING: usize = 10_000;
const MAX_WAITING_BYTES: usize = 8 << 20;

impl StagedOutputs {
    /// Puts one more behind the others; `size` counts its headers, too.
    pub(super) fn put(&mut self, outgoing: Outgoing<'_>, size: usize) -> Result<(), Failure> {
        let headers = Attached::Own(outgoing.headers);
        let content = (outgoing.key, outgoing.value);
        self.push(outgoing.stream, content, headers, None, size)
    }

    /// Puts the copy of an electron behind the others.
    pub(super) fn put_copy(&mut self, copy: ForwardCopy<'_>) -> Result<(), Failure> {
        let size = copy.size();
        let headers = Attached::Native(copy.headers);
        let content = (copy.key.as_deref(), copy.value);
        self.push(copy.stream, content, headers, copy.timestamp, size)
    }

    fn push(
        &mut self,
        stream: &StreamName,
        (key, value): (Option<&[u8]>, Option<&[u8]>),
        headers: Attached,
        timestamp: Option<i64>,
        size: usize,
    ) -> Result<(), Failure> {
        self.open_size += size + COST;
        if self.open_size > MAX_BYTES {
            let text = format!(
                "one input sends more than {} MiB: they have to go into one transaction, and are \
                 held in memory until the function returns; send less per input",
                MAX_BYTES >> 20
            );
            return Err(Failure::new(FailureKind::Encode, text));
        }
        let mut keep = |bytes: &[u8]| {
            self.bytes.extend_from_slice(bytes);
            bytes.len()
        };
        let (key, value) = (key.map(&mut keep), value.map(&mut keep));
        self.entries.push(Entry {
            stream: stream.clone(),
            key,
            value,
            headers,
            timestamp,
        });
        Ok(())
    }

    /// The function has returned: what it sent is complete.
    pub(super) fn close(&mut self, slot: Slot, partition: &Arc<Partition>, generation: u32) {
        self.marks.push(InputEnd {
            slot,
            partition: Arc::clone(partition),
            generation,
            bytes: self.bytes.len(),
            entries: self.entries.len(),
        });
        self.open_size = 0;
    }

    /// The function has failed: what it sent goes.
    pub(super) fn discard(&mut self) {
        let end = self.marks.last();
        let (bytes, entries) = end.map_or((0, 0), |mark| (mark.bytes, mark.entries));
        self.bytes.truncate(bytes);
        self.entries.truncate(entries);
        self.open_size = 0;
    }

    /// Whether nothing is complete.
    pub(super) fn has_none_closed(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether no more should wait.
    pub(super) fn is_full(&self) -> bool {
        self.marks.len() >= MAX_WAITING || self.bytes.len() >= MAX_WAITING_BYTES
    }

    /// What is complete: each input with what it has sent.
    pub(super) fn closed(&self) -> impl Iterator<Item = (&InputEnd, StagedRecords<'_>)> {
        let (mut bytes, mut entries) = (0, 0);
        self.marks.iter().map(move |mark| {
            let parcels = StagedRecords {
                bytes: &self.bytes[bytes..mark.bytes],
                entries: self.entries[entries..mark.entries].iter(),
            };
            (bytes, entries) = (mark.bytes, mark.entries);
            (mark, parcels)
        })
    }

    /// What is not complete, as if it were.
    pub(super) fn open(&self) -> StagedRecords<'_> {
        let end = self.marks.last();
        let (bytes, entries) = end.map_or((0, 0), |mark| (mark.bytes, mark.entries));
        StagedRecords {
            bytes: &self.bytes[bytes..],
            entries: self.entries[entries..].iter(),
        }
    }

    /// Takes out what is complete; the electron in hand may have sent something meanwhile.
    pub(super) fn drop_closed(&mut self) {
        if let Some(end) = self.marks.last() {
            self.bytes.drain(..end.bytes);
            self.entries.drain(..end.entries);
            self.marks.clear();
            self.bytes.shrink_to(KEPT_BYTES);
            self.entries.shrink_to(KEPT_ENTRIES);
        }
    }
}

/// What one input has sent, in order.
pub(super) struct StagedRecords<'s> {
    bytes: &'s [u8],
    entries: std::slice::Iter<'s, Entry>,
}

impl<'s> Iterator for StagedRecords<'s> {
    type Item = StagedRecord<'s>;

    fn next(&mut self) -> Option<StagedRecord<'s>> {
        let entry = self.entries.next()?;
        let mut cut = |length: usize| {
            let (part, behind) = self.bytes.split_at(length);
            self.bytes = behind;
            part
        };
        Some(StagedRecord {
            stream: &entry.stream,
            key: entry.key.map(&mut cut),
            value: entry.value.map(&mut cut),
            headers: &entry.headers,
            timestamp: entry.timestamp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::partitions::Partitions;
    use crate::codec::Codec;

    fn outgoing<'a>(
        stream: &'a StreamName,
        key: Option<&'a [u8]>,
        value: Option<&'a [u8]>,
    ) -> Outgoing<'a> {
        let mut headers = Headers::default();
        headers.push("n", None);
        Outgoing {
            stream,
            key,
            value,
            headers,
        }
    }

    fn close(stage: &mut StagedOutputs, slot: u32) {
        let partition =
            Partitions::default().named(&StreamName::from("in"), Some(0), Codec::Auto, 0);
        stage.close(Slot::from_index(slot), &partition, 0);
    }

    fn values(stage: &StagedOutputs) -> Vec<(u32, Vec<String>)> {
        let text = |parcel: StagedRecord<'_>| {
            assert!(matches!(parcel.headers, Attached::Own(own) if own.len() == 1));
            let part = |part: Option<&[u8]>| {
                part.map_or("-".to_owned(), |bytes| {
                    String::from_utf8(bytes.to_vec()).expect("text")
                })
            };
            format!(
                "{}:{}={}",
                parcel.stream,
                part(parcel.key),
                part(parcel.value)
            )
        };
        let closed = stage.closed();
        closed
            .map(|(mark, parcels)| (mark.slot.index(), parcels.map(text).collect()))
            .collect()
    }

    fn put(stage: &mut StagedOutputs, stream: &str, key: Option<&str>, value: Option<&str>) {
        let stream = StreamName::from(stream);
        let sent = outgoing(&stream, key.map(str::as_bytes), value.map(str::as_bytes));
        stage.put(sent, 10).expect("room");
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let mut stage = StagedOutputs::default();
        for _ in 0..2 {
            assert!(stage.has_none_closed());
            put(&mut stage, "one", None, Some("a"));
            put(&mut stage, "two", Some("key"), None);
            close(&mut stage, 1);
            close(&mut stage, 2);
            put(&mut stage, "one", Some(""), Some(""));
            put(&mut stage, "two", Some("k"), Some("value"));
            close(&mut stage, 3);
            let sent = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let expected = vec![
                (1, sent(&["one:-=a", "two:key=-"])),
                (2, sent(&[])),
                (3, sent(&["one:=", "two:k=value"])),
            ];
            assert_eq!(values(&stage), expected);
            stage.drop_closed();
        }
    }

    #[test]
    fn what_failed_goes_and_what_is_in_hand_stays() {
        let mut stage = StagedOutputs::default();
        put(&mut stage, "one", None, Some("good"));
        close(&mut stage, 1);
        put(&mut stage, "one", None, Some("failed"));
        stage.discard();
        put(&mut stage, "one", Some("in"), Some("hand"));
        assert_eq!(values(&stage), [(1, vec!["one:-=good".to_owned()])]);
        stage.drop_closed();
        assert!(stage.has_none_closed());
        assert_eq!(stage.open().count(), 1);
        close(&mut stage, 2);
        assert_eq!(values(&stage), [(2, vec!["one:in=hand".to_owned()])]);
        stage.drop_closed();
        stage.discard();
        assert_eq!(stage.open().count(), 0);
    }

    #[test]
    fn one_input_is_bounded() {
        let stream = StreamName::from("one");
        let mut stage = StagedOutputs::default();
        let value = vec![0; 1 << 20];
        for _ in 0..2 {
            let mut put = |size| stage.put(outgoing(&stream, None, Some(&value)), size);
            for _ in 0..31 {
                put(value.len()).expect("room");
            }
            put((1 << 20) - 32 * COST).expect("to the last byte");
            let failure = put(0).expect_err("no room");
            assert_eq!(failure.kind(), FailureKind::Encode);
            assert!(stage.is_full());
            stage.discard();
        }
        close(&mut stage, 1);
        stage.drop_closed();
        assert!(stage.bytes.capacity() <= KEPT_BYTES);
    }
}
