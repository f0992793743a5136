//! What travels, and how it is checked: every record carries its place in its partition.

use serde::{Deserialize, Serialize};

use crate::cell::Payload;

/// What stands in front of CBOR on a stream: the tag that says so.
pub const CBOR_TAG: [u8; 3] = [0xd9, 0xd9, 0xf7];

/// The struct of the codec's cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its place in its partition.
    pub place: u64,
    /// The partition it was written to first.
    pub partition: u32,
    /// Text.
    pub customer: String,
    /// A list.
    pub items: Vec<u32>,
    /// A number.
    pub amount: f64,
    /// A choice.
    pub express: bool,
}

/// Writes the record with that place in that partition; leaves nothing else in `buffer`.
pub fn write(payload: Payload, partition: u32, place: u64, buffer: &mut Vec<u8>) {
    buffer.clear();
    match payload {
        Payload::Bytes(size) => {
            buffer.extend(place.to_be_bytes());
            buffer.extend(partition.to_be_bytes());
            fill(place ^ u64::from(partition) << 40, size, buffer);
        }
        Payload::Struct => {
            let mut random = Random::new(place);
            let order = Order {
                place,
                partition,
                customer: format!("customer-{:08x}", random.next() as u32),
                items: (0..4).map(|_| random.next() as u32 >> 12).collect(),
                amount: (random.next() % 100_000) as f64 / 100.0,
                express: place.is_multiple_of(3),
            };
            encode(&order, buffer);
        }
    }
}

/// Writes CBOR behind its tag, as a link does.
pub fn encode(order: &Order, buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend(CBOR_TAG);
    let written = std::mem::take(buffer);
    *buffer = cbor4ii::serde::to_vec(written, order).expect("memory takes everything");
}

/// Reads what [`encode`] wrote.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Order> {
    cbor4ii::serde::from_slice(bytes.strip_prefix(&CBOR_TAG)?).ok()
}

/// Reads an order of either side.
fn read(bytes: &[u8]) -> Option<Order> {
    ciborium::from_reader(bytes.strip_prefix(&CBOR_TAG)?).ok()
}

/// Letters that hardly compress: work that both sides have in common shall be small.
fn fill(seed: u64, size: usize, buffer: &mut Vec<u8>) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = Random::new(seed);
    while buffer.len() < size {
        let mut bits = random.next();
        for _ in 0..10.min(size - buffer.len()) {
            buffer.push(LETTERS[(bits & 63) as usize]);
            bits >>= 6;
        }
    }
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Holds the outputs of one run against its inputs.
#[derive(Debug)]
pub struct Check {
    payload: Payload,
    /// Per output partition and input partition: the place that was read last.
    last: Vec<Vec<Option<u64>>>,
    seen: Vec<Vec<bool>>,
    expected: Vec<u8>,
}

impl Check {
    /// For inputs of `places` records in each partition.
    #[must_use]
    pub fn new(payload: Payload, places: &[u64]) -> Self {
        let seen = places.iter().map(|n| vec![false; *n as usize]).collect();
        let (last, expected) = (vec![vec![None; places.len()]; places.len()], Vec::new());
        Self {
            payload,
            last,
            seen,
            expected,
        }
    }

    /// Takes the next output of a partition; returns which partition, or which input, it was written to first.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn take(&mut self, output: usize, value: &[u8]) -> Result<u32, String> {
        let order = match self.payload {
            Payload::Bytes(_) => None,
            Payload::Struct => read(value),
        };
        let (partition, place) = match (&order, self.payload) {
            (None, Payload::Bytes(_)) => bytes_place(value),
            (order, _) => order.as_ref().map(|order| (order.partition, order.place)),
        }
        .ok_or_else(|| format!("partition {output}: an output is none of the inputs"))?;
        let seen = self.seen.get_mut(partition as usize);
        let seen = seen.and_then(|seen| seen.get_mut(place as usize));
        let seen = seen.ok_or_else(|| format!("there is no input {place} in {partition}"))?;
        if std::mem::replace(seen, true) {
            return Err(format!("input {place} of partition {partition} came twice"));
        }
        let last = &mut self.last[output][partition as usize];
        if last.is_some_and(|last| last >= place) {
            return Err(format!(
                "disorder: input {place} of partition {partition} came behind {last:?}"
            ));
        }
        *last = Some(place);
        write(self.payload, partition, place, &mut self.expected);
        // A number may be written shorter than it was: structs are compared as values.
        let same = match order {
            Some(order) => decode(&self.expected) == Some(order),
            None => self.expected == value,
        };
        if !same {
            let what = "did not come as it was sent";
            return Err(format!("input {place} of partition {partition} {what}"));
        }
        Ok(partition)
    }

    /// Says whether all have come.
    ///
    /// # Errors
    /// How many are missing.
    pub fn finish(&self) -> Result<(), String> {
        let missing = self.seen.iter().flatten().filter(|seen| !**seen).count();
        match missing {
            0 => Ok(()),
            missing => Err(format!("loss: {missing} inputs have no output")),
        }
    }
}

fn bytes_place(value: &[u8]) -> Option<(u32, u64)> {
    let place = u64::from_be_bytes(value.get(..8)?.try_into().ok()?);
    let partition = u32::from_be_bytes(value.get(8..12)?.try_into().ok()?);
    Some((partition, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(places: &[u64], outputs: &[(usize, u32, u64)]) -> Result<(), String> {
        let mut check = Check::new(Payload::Bytes(100), places);
        let mut buffer = Vec::new();
        for (output, partition, place) in outputs {
            write(Payload::Bytes(100), *partition, *place, &mut buffer);
            check.take(*output, &buffer)?;
        }
        check.finish()
    }

    #[test]
    fn loss_disorder_and_repetition_are_found() {
        let complete = [(0, 0, 0), (1, 1, 0), (0, 0, 1), (1, 1, 1)];
        assert_eq!(check(&[2, 2], &complete), Ok(()));
        let found = |outputs: &[_]| check(&[2, 2], outputs).expect_err("something is wrong");
        assert!(found(&complete[1..]).contains("loss"));
        assert!(found(&[(0, 0, 1), (0, 0, 0)]).contains("disorder"));
        assert!(found(&[(0, 0, 0), (0, 0, 0)]).contains("twice"));
        assert!(found(&[(0, 0, 7)]).contains("no input"));
    }

    #[test]
    fn a_changed_byte_is_found() {
        for payload in [Payload::Bytes(100), Payload::Struct] {
            let mut buffer = Vec::new();
            write(payload, 0, 0, &mut buffer);
            let mut check = Check::new(payload, &[1]);
            *buffer.last_mut().expect("not empty") ^= 1; // of the letters, or of `express`
            assert!(check.take(0, &buffer).is_err(), "{payload}");
        }
    }
}
