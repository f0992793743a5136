//! What lies on the streams: records that know who they are, and outputs that know their parent.

use catenae::Electron;
use serde::{Deserialize, Serialize};

use crate::nature::has_key;

/// An input, as the generator writes it, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The run it belongs to.
    pub run: String,
    /// Which producer wrote it: one per input stream, and one more where transactions are written.
    pub producer: u32,
    /// How often its stream had been created again.
    pub incarnation: u32,
    /// Its number with that producer in that incarnation of the stream, without gaps.
    pub seq: u64,
    /// Its key, which is the key of the electron as well.
    pub key: String,
    /// Some bytes to carry.
    pub body: String,
    /// The checksum of all that.
    pub crc: u32,
}

/// Which record it is of all that a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Which producer wrote it.
    pub producer: u32,
    /// How often its stream had been created again.
    pub incarnation: u32,
    /// Its number with that producer in that incarnation of the stream.
    pub seq: u64,
}

impl Sent {
    /// A record with its checksum.
    #[must_use]
    pub fn new(run: &str, number: Number, key: String, body: String) -> Self {
        let Number {
            producer,
            incarnation,
            seq,
        } = number;
        let mut sent = Self {
            run: run.to_owned(),
            producer,
            incarnation,
            seq,
            key,
            body,
            crc: 0,
        };
        sent.crc = sent.checksum();
        sent
    }

    /// Whether it is as it was made.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.crc == self.checksum()
    }

    fn checksum(&self) -> u32 {
        let numbers = format!("{}/{}/{}", self.producer, self.incarnation, self.seq);
        let parts = [&self.run, &numbers, &self.key, &self.body];
        let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
        crc32(bytes)
    }
}

/// The input that an output was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its stream.
    pub stream: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

/// An output of a link under torture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The process that made it; the name is never used again, as a uid may be.
    pub by: String,
    /// How many electrons that process had handled before.
    pub nth: u64,
    /// What its state has counted, if it has one.
    pub count: u64,
    /// What it was made of.
    pub parent: Parent,
    /// The same, with everything in it.
    pub sent: Sent,
}

impl Made {
    /// The output of `electron`, the `nth` that this process handles.
    ///
    /// # Errors
    /// When the engine does not say where the electron came from.
    pub fn of(by: &str, nth: u64, electron: &Electron<Sent>) -> Result<Self, String> {
        let origin = electron.origin().ok_or("an electron without an origin")?;
        let key = electron.key().map(String::as_bytes);
        if !has_key(key, &electron.value.key) {
            return Err(format!("{origin:?} came with the key of another"));
        }
        Ok(Self {
            by: by.to_owned(),
            nth,
            count: 0,
            parent: Parent {
                stream: origin.stream.to_string(),
                partition: origin.partition,
                offset: origin.offset,
            },
            sent: electron.value.clone(),
        })
    }

    /// The same with what a state has counted.
    #[must_use]
    pub fn counted(self, count: u64) -> Self {
        Self { count, ..self }
    }
}

/// CRC-32 as in zip, bit by bit: no table for what is not hot.
pub(crate) fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let all = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            let mask = 0_u32.wrapping_sub(crc & 1);
            (crc >> 1) ^ (0xedb8_8320 & mask)
        })
    });
    !all
}

#[cfg(test)]
mod tests {
    use super::{Number, Sent, crc32};

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32("123456789".bytes()), 0xcbf4_3926);
    }

    #[test]
    fn a_change_anywhere_shows() {
        let number = Number {
            producer: 1,
            incarnation: 0,
            seq: 2,
        };
        let sent = Sent::new("run", number, "k3".to_owned(), "body".to_owned());
        assert!(sent.is_whole());
        let changed: [fn(&mut Sent); 5] = [
            |sent| sent.seq += 1,
            |sent| sent.incarnation += 1,
            |sent| sent.key.push('x'),
            |sent| sent.body.clear(),
            |sent| sent.run.push('x'),
        ];
        for change in changed {
            let mut sent = sent.clone();
            change(&mut sent);
            assert!(!sent.is_whole(), "{sent:?}");
        }
    }
}
