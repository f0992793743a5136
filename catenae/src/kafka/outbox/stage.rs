//! What a function has sent and not yet returned from: encoded, in memory that is used again.

use rdkafka::message::OwnedHeaders;
use rdkafka::producer::BaseRecord;

use super::Copy;
use crate::electron::Headers;
use crate::kafka::headers;
use crate::link::Outgoing;
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

/// How many bytes one input may send under exactly-once.
const MAX_BYTES: usize = 32 << 20;
/// What an electron costs beside its content: so many small ones are bounded as well.
const COST: usize = 64;

/// One encoded electron that waits in the stage.
pub(super) struct Parcel<'p> {
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

impl Parcel<'_> {
    /// The bytes of value and key.
    pub(super) fn content(&self) -> usize {
        self.value.map_or(0, <[u8]>::len) + self.key.map_or(0, <[u8]>::len)
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

/// Electrons in the order in which they were sent. Emptying it keeps the memory, up to a bound.
#[derive(Debug, Default)]
pub(super) struct Stage {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Of all of them, with their headers and a surcharge for each.
    size: usize,
}

#[derive(Debug)]
struct Entry {
    stream: StreamName,
    key: Option<usize>,
    value: Option<usize>,
    headers: Attached,
    timestamp: Option<i64>,
}

/// More than this is given back when the stage is emptied.
const KEPT_BYTES: usize = 1 << 20;
const KEPT_ENTRIES: usize = 16_384;

impl Stage {
    /// Puts one more behind the others; `size` counts its headers, too.
    pub(super) fn put(&mut self, outgoing: Outgoing<'_>, size: usize) -> Result<(), Failure> {
        let headers = Attached::Own(outgoing.headers);
        let content = (outgoing.key, outgoing.value);
        self.push(outgoing.stream, content, headers, None, size)
    }

    /// Puts the copy of an electron behind the others.
    pub(super) fn put_copy(&mut self, copy: Copy<'_>, size: usize) -> Result<(), Failure> {
        let headers = Attached::Native(copy.headers);
        let content = (copy.key, copy.value);
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
        self.size += size + COST;
        if self.size > MAX_BYTES {
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

    /// All of them, in order.
    pub(super) fn parcels(&self) -> impl Iterator<Item = Parcel<'_>> {
        let mut rest = &*self.bytes;
        let mut cut = move |length: usize| {
            let (part, behind) = rest.split_at(length);
            rest = behind;
            part
        };
        self.entries.iter().map(move |entry| Parcel {
            stream: &entry.stream,
            key: entry.key.map(&mut cut),
            value: entry.value.map(&mut cut),
            headers: &entry.headers,
            timestamp: entry.timestamp,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.size = 0;
        self.bytes.shrink_to(KEPT_BYTES);
        self.entries.shrink_to(KEPT_ENTRIES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let mut stage = Stage::default();
        let (one, two) = (StreamName::from("one"), StreamName::from("two"));
        let sent: [(&StreamName, Option<&[u8]>, Option<&[u8]>); 4] = [
            (&one, None, Some(b"a")),
            (&two, Some(b"key"), None),
            (&one, Some(b""), Some(b"")),
            (&two, Some(b"k"), Some(b"value")),
        ];
        for _ in 0..2 {
            assert!(stage.is_empty());
            for (stream, key, value) in sent {
                stage.put(outgoing(stream, key, value), 10).expect("room");
            }
            let there: Vec<_> = stage
                .parcels()
                .map(|parcel| {
                    assert!(matches!(parcel.headers, Attached::Own(own) if own.len() == 1));
                    (parcel.stream.clone(), parcel.key, parcel.value)
                })
                .collect();
            let expected = sent.map(|(stream, key, value)| (stream.clone(), key, value));
            assert_eq!(there, expected);
            stage.clear();
        }
    }

    #[test]
    fn one_input_is_bounded() {
        let stream = StreamName::from("one");
        let mut stage = Stage::default();
        let value = vec![0; 1 << 20];
        let mut put = |size| stage.put(outgoing(&stream, None, Some(&value)), size);
        for _ in 0..31 {
            put(value.len()).expect("room");
        }
        put((1 << 20) - 32 * COST).expect("to the last byte");
        let failure = put(0).expect_err("no room");
        assert_eq!(failure.kind(), FailureKind::Encode);
        stage.clear();
        assert!(stage.is_empty() && stage.bytes.capacity() <= KEPT_BYTES);
        put_small(&mut stage, &stream);
    }

    fn put_small(stage: &mut Stage, stream: &StreamName) {
        stage
            .put(outgoing(stream, None, None), 0)
            .expect("there is room again");
    }
}
