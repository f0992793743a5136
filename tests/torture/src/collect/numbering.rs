//! Numbers for the streams of inputs: one that was created again is another one in each of its incarnations.

use crate::drawing::incarnation_of_poison;
use crate::generator::Entry;
use crate::history::{Acked, History, Place, Sample, StreamId};
use crate::incarnations::Incarnation;
use crate::watch::Seen;

/// The streams of inputs with their numbers: the incarnations of one that was created again are several.
pub(super) struct Numbering {
    /// Whose they are: the number of a stream, how often it had been created again, its id.
    incarnations: Vec<(StreamId, u32, Option<String>)>,
    /// Their numbers in the history.
    pub(super) streams: Vec<StreamId>,
}

impl Numbering {
    /// Gives each incarnation of a stream but the first a number of its own.
    pub(super) fn of(incarnations: &[Incarnation], history: &mut History) -> Self {
        let mut numbered = Self {
            incarnations: Vec::new(),
            streams: Vec::new(),
        };
        for incarnation in incarnations {
            let base = incarnation.stream as StreamId;
            let before = numbered
                .incarnations
                .iter()
                .rposition(|(stream, ..)| *stream == base);
            let (again, stream) = match before {
                None => (0, base),
                Some(before) => {
                    let again = numbered.incarnations[before].1 + 1;
                    let name = format!("{}#{again}", history.streams[base]);
                    history.gone.insert(numbered.streams[before]);
                    history.streams.push(name);
                    (again, history.streams.len() - 1)
                }
            };
            for flow in &mut history.flows {
                flow.reads_as(base, stream);
            }
            numbered
                .incarnations
                .push((base, again, incarnation.id.clone()));
            numbered.streams.push(stream);
        }
        numbered
    }

    /// A stream in one of its incarnations; one that nobody knows has no inputs, and its outputs are phantoms.
    pub(super) fn stream(&self, base: StreamId, incarnation: u32) -> StreamId {
        let mut all = self.incarnations.iter();
        let found = all.position(|(stream, again, _)| (*stream, *again) == (base, incarnation));
        found.map_or(StreamId::MAX, |index| self.streams[index])
    }

    /// What was committed for which incarnation; nothing where the link does not say it.
    pub(super) fn sample(&self, seen: &Seen) -> Option<Sample> {
        let base = seen.sample.stream;
        let mut all = self
            .incarnations
            .iter()
            .filter(|(stream, ..)| *stream == base);
        let incarnation = match all.clone().count() {
            0 | 1 => return Some(seen.sample),
            _ => all.find(|(_, _, id)| id.is_some() && seen.id == *id)?.1,
        };
        Some(Sample {
            stream: self.stream(base, incarnation),
            ..seen.sample
        })
    }

    pub(super) fn acked(&self, entry: &Entry) -> Option<Acked> {
        let (partition, offset) = entry.place?;
        Some(Acked {
            place: Place {
                stream: self.stream(entry.stream as StreamId, entry.incarnation),
                partition,
                offset,
            },
            crc: entry.crc,
        })
    }

    /// The stream that a copy of an input came from.
    pub(super) fn of_payload(&self, base: StreamId, payload: Option<&[u8]>) -> StreamId {
        let payload = payload.unwrap_or_default();
        let incarnation = incarnation_of_poison(payload).or_else(|| incarnation_of(payload));
        self.stream(base, incarnation.unwrap_or(0))
    }
}

/// The incarnation that a record says it is of. A dead letter may have only the first part of it.
fn incarnation_of(payload: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(payload);
    let (_, behind) = text.split_once("\"incarnation\":")?;
    let end = behind.find(|c: char| !c.is_ascii_digit())?;
    behind[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Numbering, incarnation_of};
    use crate::history::{Flow, History, Rules, Sample};
    use crate::incarnations::Incarnation;
    use crate::snapshot::Snapshot;
    use crate::watch::Seen;
    use crate::wire::{Number, Sent};

    /// Stream 0 was created again twice, stream 1 never; stream 2 is an output.
    fn numbered() -> (Numbering, History) {
        let incarnation = |stream, id: &str| Incarnation {
            stream,
            id: (!id.is_empty()).then(|| id.to_owned()),
            held: Snapshot::default(),
        };
        let flow = |inputs: &[usize]| Flow {
            name: String::new(),
            inputs: inputs.to_vec(),
            outputs: vec![2],
            dead: BTreeMap::from([(0, 3)]),
            retries: BTreeMap::new(),
            rules: Rules::default(),
        };
        let mut history = History {
            streams: ["c", "a", "out", "dead"].map(ToOwned::to_owned).to_vec(),
            flows: vec![flow(&[0, 1]), flow(&[1])],
            ..History::default()
        };
        let incarnations = [
            incarnation(1, ""),
            incarnation(0, "x"),
            incarnation(0, "y"),
            incarnation(0, "z"),
        ];
        (Numbering::of(&incarnations, &mut history), history)
    }

    #[test]
    fn each_incarnation_is_a_stream_and_all_but_the_last_are_gone() {
        let (numbers, history) = numbered();
        assert_eq!(numbers.streams, [1, 0, 4, 5]);
        assert_eq!(history.streams[4..], ["c#1", "c#2"]);
        assert_eq!(history.flows[0].inputs, [0, 1, 4, 5]);
        assert_eq!(history.flows[0].dead[&5], 3);
        assert_eq!(history.flows[1].inputs, [1]);
        assert_eq!(history.gone.into_iter().collect::<Vec<_>>(), [0, 4]);
        assert_eq!([numbers.stream(0, 0), numbers.stream(0, 2)], [0, 5]);
        assert_eq!(numbers.stream(0, 3), usize::MAX);
    }

    #[test]
    fn a_record_says_its_incarnation_also_when_it_was_shortened() {
        let number = Number {
            producer: 1,
            incarnation: 12,
            seq: 3,
        };
        let sent = Sent::new("run", number, "k1".to_owned(), "x".repeat(50));
        let bytes = serde_json::to_vec(&sent).unwrap();
        assert_eq!(incarnation_of(&bytes), Some(12));
        assert_eq!(incarnation_of(&bytes[..60]), Some(12));
        assert_eq!(incarnation_of(b"{}"), None);
    }

    #[test]
    fn an_offset_belongs_to_the_incarnation_whose_id_stands_beside_it() {
        let (numbers, _) = numbered();
        let check = |stream, id: Option<&str>, expected: Option<usize>| {
            let sample = Sample {
                flow: 0,
                stream,
                partition: 0,
                next: 7,
                at: 1,
            };
            let id = id.map(ToOwned::to_owned);
            let found = numbers.sample(&Seen { sample, id });
            assert_eq!(found.map(|sample| sample.stream), expected);
        };
        check(0, Some("x"), Some(0));
        check(0, Some("z"), Some(5));
        check(0, Some("w"), None);
        check(0, None, None);
        // Nothing else was ever meant.
        check(1, None, Some(1));
    }
}
