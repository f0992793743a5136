//! Draws the inputs: their keys, bodies and timestamps, all from the seed.

use rdkafka::producer::BaseRecord;

use crate::generator::{Entry, Fate, Sending};
use crate::nature::{Refused, no_key, refused};
use crate::pace::now_ms;
use crate::seed::Dice;
use crate::wire::{Number, Sent};

/// How many inputs of a thousand are of which odd kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Oddities {
    /// They cannot be decoded.
    pub poison: u64,
    /// They are from years ago, from years ahead, or without a time.
    pub times: u64,
    /// An operator's streams may refuse some of their outputs; which, their numbers say.
    pub refused: bool,
}

/// Ten years, in milliseconds.
const TEN_YEARS: i64 = 10 * 365 * 24 * 3600 * 1000;
/// How many bytes make an input too large for an operator's streams.
const WIDE: u64 = 6000;
/// Keys of each partition: more than one, so that keys share partitions.
const KEYS: u64 = 8;

/// What is drawn for one writer.
pub(crate) struct Drawing<'s> {
    sending: &'s Sending,
    dice: Dice,
    /// The next number of each stream.
    seqs: Vec<u64>,
    /// What is added to the number of a stream, for the one of its writer.
    producers: u32,
}

/// A record without its bytes.
pub(crate) struct Drawn<'s> {
    stream: &'s str,
    partition: i32,
    key: Option<String>,
    time: Option<i64>,
    entry: Entry,
}

impl<'s> Drawing<'s> {
    pub(crate) fn new(sending: &'s Sending) -> Self {
        Self::of(sending, "generator", 0)
    }

    /// The same for another purpose, with other numbers of producers.
    pub(crate) fn of(sending: &'s Sending, purpose: &str, producers: u32) -> Self {
        let purpose = match sending.incarnation {
            0 => purpose.to_owned(),
            incarnation => format!("{purpose} in incarnation {incarnation}"),
        };
        Self {
            sending,
            dice: Dice::new(sending.seed, &purpose),
            seqs: vec![0; sending.streams.len()],
            producers,
        }
    }

    /// Which of the streams is next.
    pub(crate) fn index(&mut self) -> usize {
        self.dice.below(self.seqs.len() as u64) as usize
    }

    /// The next record for a stream, and its bytes.
    pub(crate) fn record(&mut self, index: usize, partition: Option<u64>) -> (Drawn<'s>, Vec<u8>) {
        let (dice, sending) = (&mut self.dice, self.sending);
        let (stream, name) = &sending.streams[index];
        let partition = partition.unwrap_or_else(|| dice.below(sending.partitions));
        let mut key = format!("k{}", partition + sending.partitions * dice.below(KEYS));
        let number = Number {
            producer: stream + self.producers,
            incarnation: sending.incarnation,
            seq: self.seqs[index],
        };
        self.seqs[index] += 1;
        let poison = dice.chance(sending.oddities.poison);
        let odd = dice.chance(sending.oddities.times);
        let time = odd.then(|| match dice.below(4) {
            0 => now_ms() - TEN_YEARS,
            1 => now_ms() + TEN_YEARS,
            2 => 1,
            // No time at all.
            _ => -1,
        });
        let kind = refused(number.seq).filter(|_| sending.oddities.refused);
        let mut size = dice.below(200);
        match kind {
            Some(Refused::Keyless) => key = no_key(partition),
            Some(Refused::Wide) => size += WIDE,
            None => {}
        }
        let body: String = (0..size)
            .map(|_| char::from(b'a' + (dice.below(26) as u8)))
            .collect();
        let sent = Sent::new(&sending.run, number, key.clone(), body);
        let (crc, payload) = if poison {
            (0, poisoned(number))
        } else {
            let bytes = serde_json::to_vec(&sent).expect("a record is JSON");
            (sent.crc, bytes)
        };
        let drawn = Drawn {
            stream: name,
            partition: i32::try_from(partition).unwrap_or(0),
            key: (kind != Some(Refused::Keyless)).then_some(key),
            time,
            entry: Entry {
                stream: *stream,
                incarnation: number.incarnation,
                producer: number.producer,
                seq: number.seq,
                crc,
                fate: Fate::Unknown,
                place: None,
            },
        };
        (drawn, payload)
    }
}

impl Drawn<'_> {
    /// The record as it is sent.
    pub(crate) fn base<'r>(&'r self, payload: &'r [u8]) -> BaseRecord<'r, [u8], [u8], Box<Entry>> {
        let record = BaseRecord::with_opaque_to(self.stream, Box::new(self.entry.clone()))
            .partition(self.partition)
            .payload(payload);
        let record = match &self.key {
            Some(key) => record.key(key.as_bytes()),
            None => record,
        };
        match self.time {
            Some(time) => record.timestamp(time),
            None => record,
        }
    }
}

const POISON: &[u8] = &[0xff, 0xfe, 0x00];

/// Bytes that are neither CBOR nor JSON nor text.
fn poisoned(number: Number) -> Vec<u8> {
    let mut bytes = POISON.to_vec();
    bytes.extend(number.incarnation.to_be_bytes());
    bytes.extend(number.seq.to_be_bytes());
    bytes
}

/// Whether a payload is such bytes.
#[must_use]
pub fn is_poison(payload: &[u8]) -> bool {
    payload.starts_with(POISON)
}

/// How often the stream of such bytes had been created again.
#[must_use]
pub fn incarnation_of_poison(payload: &[u8]) -> Option<u32> {
    let incarnation = payload.strip_prefix(POISON)?.first_chunk()?;
    Some(u32::from_be_bytes(*incarnation))
}

#[cfg(test)]
mod tests {
    use super::{incarnation_of_poison, is_poison, poisoned};
    use crate::wire::Number;

    #[test]
    fn poison_says_which_stream_it_was_written_to() {
        let number = Number {
            producer: 1,
            incarnation: 300,
            seq: 2,
        };
        let bytes = poisoned(number);
        assert!(is_poison(&bytes));
        assert_eq!(incarnation_of_poison(&bytes), Some(300));
        assert_eq!(incarnation_of_poison(b"{}"), None);
        assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_err());
    }
}
