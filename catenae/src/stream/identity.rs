//! Which stream a name stands for: one that was deleted and created again is another stream.
//!
//! Kafka gives each topic an id (KIP-516). An offset means something only together with it, so the id stands
//! beside every offset that is committed, in the text that Kafka keeps with an offset.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::StreamName;

/// The id of the topic behind a stream, as Kafka's own tools print it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamId(Arc<str>);

/// What stands before the id in the text beside a committed offset.
const NOTE: &str = "catenae:stream-id=";

impl StreamId {
    /// Reads 16 bytes in base64, of either alphabet, with or without padding. `None` for the id that stands
    /// for none, which brokers without ids give.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('=');
        let is_known = text.bytes().any(|byte| byte != b'A');
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        if text.len() != 22 || !is_known || !text.bytes().all(known) {
            return None;
        }
        let url_safe = |c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        };
        Some(Self(text.chars().map(url_safe).collect::<String>().into()))
    }

    /// The text to commit beside an offset of this stream.
    pub(crate) fn note(&self) -> String {
        format!("{NOTE}{self}")
    }

    /// The stream that a committed offset belongs to; `None` where another program committed it.
    pub(crate) fn from_note(note: &[u8]) -> Option<Self> {
        let note = str::from_utf8(note).ok()?;
        Self::parse(note.strip_prefix(NOTE)?)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that stands for another stream than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recreated {
    pub(crate) stream: StreamName,
    pub(crate) before: StreamId,
    pub(crate) now: StreamId,
}

impl fmt::Display for Recreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            before,
            now,
        } = self;
        write!(
            f,
            "stream `{stream}` was deleted and created again (its id was {before}, and is {now} now)"
        )
    }
}

/// The streams that a micromodule works with, by name.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    known: BTreeMap<StreamName, StreamId>,
    /// The ids of streams that are gone. A broker that has not heard of it yet may still name one.
    gone: BTreeSet<StreamId>,
    /// The names that have stood for another stream before.
    recreated: BTreeSet<StreamName>,
}

impl Identities {
    /// The stream that this name has stood for until now.
    pub(crate) fn get(&self, stream: &StreamName) -> Option<&StreamId> {
        self.known.get(stream)
    }

    /// Compares what Kafka says now with what was known; what was not known is taken down. What was stays
    /// known until [`accept`](Self::accept). No id comes again, so what is gone is nothing new.
    pub(crate) fn see(&mut self, stream: &StreamName, now: StreamId) -> Option<Recreated> {
        let known = self.known.entry(stream.clone());
        let before = known.or_insert_with(|| now.clone());
        (*before != now && !self.gone.contains(&now)).then(|| Recreated {
            stream: stream.clone(),
            before: before.clone(),
            now,
        })
    }

    /// Whether the client, which goes on with another stream, is ahead of what is known here. A broker that has not
    /// heard of that one yet sends it back to the former one; and it may go on later than an assignment does.
    pub(crate) fn is_news(&self, said: &Recreated) -> bool {
        let known = self.known.get(&said.stream);
        !self.gone.contains(&said.now) && known.is_none_or(|known| *known == said.before)
    }

    /// Whether the name has stood for another stream before.
    pub(crate) fn was_recreated(&self, stream: &StreamName) -> bool {
        self.recreated.contains(stream)
    }

    /// From now on the name stands for this stream.
    pub(crate) fn accept(&mut self, stream: &StreamName, now: StreamId) {
        let before = self.known.insert(stream.clone(), now.clone());
        if let Some(before) = before.filter(|before| *before != now) {
            self.gone.insert(before);
            self.recreated.insert(stream.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "WmfQ0mXhQ_6x0-1YzJm3Pw";
    const OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAQ";
    const THIRD: &str = "AAAAAAAAAAAAAAAAAAAAAg";

    fn id(text: &str) -> StreamId {
        StreamId::parse(text).expect("an id")
    }

    #[test]
    fn ids_are_read_in_every_form_that_clients_print() {
        let check = |text: &str, expected: Option<&str>| {
            let read = StreamId::parse(text);
            assert_eq!(read.as_ref().map(|id| &*id.0), expected, "{text}");
        };
        check(ONE, Some(ONE));
        check("WmfQ0mXhQ/6x0+1YzJm3Pw==", Some(ONE));
        check(OTHER, Some(OTHER));
        check("AAAAAAAAAAAAAAAAAAAAAA", None);
        check("AAAAAAAAAAAAAAAAAAAAAA==", None);
        check("", None);
        check("WmfQ0mXhQ_6x0-1YzJm3P", None);
        check("WmfQ0mXhQ_6x0-1YzJm3Pw, and more", None);
        check("WmfQ0mXhQ 6x0-1YzJm3Pw", None);
    }

    #[test]
    fn what_is_noted_beside_an_offset_is_read_again() {
        assert_eq!(
            StreamId::from_note(id(ONE).note().as_bytes()),
            Some(id(ONE))
        );
        // What other programs leave there says nothing.
        for foreign in ["", "NO_METADATA", ONE, "catenae:stream-id=", "{\"a\":1}"] {
            assert_eq!(StreamId::from_note(foreign.as_bytes()), None, "{foreign}");
        }
        assert_eq!(StreamId::from_note(b"catenae:stream-id=\xff"), None);
    }

    #[test]
    fn a_name_stands_for_another_stream_when_its_id_is_another() {
        let mut all = Identities::default();
        let (lines, words) = (StreamName::from("lines"), StreamName::from("words"));
        assert_eq!(all.see(&lines, id(ONE)), None);
        assert_eq!(all.see(&lines, id(ONE)), None);
        assert_eq!(all.see(&words, id(OTHER)), None);
        let recreated = all.see(&lines, id(OTHER)).expect("another stream");
        assert_eq!(
            recreated.to_string(),
            format!(
                "stream `lines` was deleted and created again (its id was {ONE}, and is {OTHER} now)"
            )
        );
        // It is not forgotten by being said.
        assert_eq!(all.see(&lines, id(OTHER)), Some(recreated));
        all.accept(&lines, id(OTHER));
        assert_eq!(all.see(&lines, id(OTHER)), None);
        assert_eq!(all.get(&words), Some(&id(OTHER)));
    }

    /// Brokers learn of it one after the other, and the slow ones still name the former stream.
    #[test]
    fn a_former_stream_does_not_come_back() {
        let stream = StreamName::from("lines".to_owned());
        let mut all = Identities::default();
        assert_eq!(all.see(&stream, id(ONE)), None);
        let recreated = all.see(&stream, id(OTHER)).expect("it is another one");
        assert_eq!((recreated.before, recreated.now), (id(ONE), id(OTHER)));
        // Not accepted yet.
        assert!(all.see(&stream, id(OTHER)).is_some());
        assert_eq!(all.see(&stream, id(ONE)), None);
        all.accept(&stream, id(OTHER));
        assert_eq!(all.see(&stream, id(ONE)), None);
        assert_eq!(all.see(&stream, id(OTHER)), None);
        let said = |before, now| Recreated {
            stream: stream.clone(),
            before: id(before),
            now: id(now),
        };
        // The client goes back to the former one, is late, or is ahead.
        assert!(!all.is_news(&said(OTHER, ONE)));
        assert!(!all.is_news(&said(ONE, OTHER)));
        assert!(all.is_news(&said(OTHER, THIRD)));
    }
}
